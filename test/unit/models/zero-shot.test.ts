import { describe, expect, it } from 'vitest';
import { loadLabelBank } from '../../../models/label-bank.ts';
import { loadManifest } from '../../../models/manifest.ts';
import { rankFindings, scoreEmbeddings } from '../../../models/zero-shot.ts';
import { writeTinyModel } from '../../helpers/tiny-model.ts';

const bank = loadLabelBank(loadManifest(writeTinyModel({ labels: 4 })));

describe('zero-shot scoring', () => {
  it('gives at most as many findings as asked for, the best ones', () => {
    const cosines = Float32Array.of(0.1, 0.9, 0.3, 0.7);
    expect(rankFindings(cosines, bank, 2).map((finding) => finding.label)).toEqual(['label-1', 'label-3']);
  });

  it('standardises: a label that is always high must rise above its own mean', () => {
    // cosineMean is 0.1 x index, cosineSd 0.2.
    const [first] = rankFindings(Float32Array.of(0.2, 0.2, 0.2, 0.2), bank, 1);
    expect(first).toMatchObject({ label: 'label-0' });
    expect(first!.score).toBeCloseTo(1, 6);
  });

  it('refuses embeddings of another dimension and rows of another length', () => {
    expect(() => scoreEmbeddings(new Float32Array(15), 1, bank)).toThrow(/1 embeddings of 16/);
    expect(() => rankFindings(new Float32Array(3), bank)).toThrow(/4 cosines/);
  });
});

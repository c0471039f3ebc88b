import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { STANDARD_LEADS } from '../../../ecg/leads.ts';
import { loadLabelBank } from '../../../models/label-bank.ts';
import { loadManifest } from '../../../models/manifest.ts';

const directory = fileURLToPath(new URL('../../../models/shipped', import.meta.url));
const loaded = loadManifest(join(directory, 'manifest.json'));
const bank = loadLabelBank(loaded);

describe('the shipped model', () => {
  it('takes the twelve leads at 100 Hz and was trained, not initialised', () => {
    expect(loaded.manifest).toMatchObject({ leads: [...STANDARD_LEADS], samplingFrequencyHz: 100, length: 1000 });
    expect(loaded.manifest.training.epochs).toBeGreaterThan(0);
  });

  it('has labels of unit length with a spread, and few that raise an alarm', () => {
    bank.labels.forEach(({ cosineSd }, row) => {
      expect(Math.hypot(...bank.embeddings.subarray(row * bank.dimension, (row + 1) * bank.dimension))).toBeCloseTo(1, 5);
      expect(cosineSd).toBeGreaterThan(0.01);
    });
    expect(bank.labels.filter(({ alarm }) => alarm).map(({ id }) => id)).toEqual(['atrial-fibrillation']);
  });

  it('stays well under 25 MB', () => {
    const bytes = readdirSync(directory).reduce((sum, file) => sum + statSync(join(directory, file)).size, 0);
    expect(bytes).toBeLessThan(25e6);
  });

  it('embeds any number of segments, each on its own, at unit length', async () => {
    const { inputs, output, embeddingDimension } = loaded.manifest;
    const session = await InferenceSession.create(loaded.encoderPath);
    const ecg = Float32Array.from({ length: 3 * 12_000 }, (_, i) => Math.sin(i / (7 + Math.floor(i / 12_000))));
    const presence = Float32Array.from({ length: 36 }, (_, i) => (i < 12 || i % 12 === 1 ? 1 : 0));
    const embed = async (from: number, to: number): Promise<Float32Array> => {
      const n = to - from;
      const result = await session.run({
        [inputs.ecg]: new Tensor('float32', ecg.subarray(from * 12_000, to * 12_000), [n, 12, 1000]),
        [inputs.presence]: new Tensor('float32', presence.subarray(from * 12, to * 12), [n, 12]),
      });
      return result[output]!.data as Float32Array;
    };
    const together = await embed(0, 3);
    const second = await embed(1, 2);
    for (let row = 0; row < 3; row++) expect(Math.hypot(...together.subarray(row * embeddingDimension, (row + 1) * embeddingDimension))).toBeCloseTo(1, 5);
    second.forEach((value, i) => expect(value).toBeCloseTo(together[embeddingDimension + i]!, 5));
    await session.release();
  });
});

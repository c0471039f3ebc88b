import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isEcgError } from '../../../ecg/errors.ts';
import { loadManifest } from '../../../models/manifest.ts';
import { INPUT_SPEC } from '../../../training/data/input-spec.ts';
import { Evaluator } from '../../../training/evaluation/evaluator.ts';
import { requireTextEncoder } from '../../../training/fit.ts';
import { openOnnxModel } from '../../../training/onnx/onnx-model.ts';
import type { Prepared } from '../../../training/prepare.ts';
import { openTeacher } from '../../../training/teachers.ts';
import { writeTinyModel } from '../../helpers/tiny-model.ts';

const TEXT_ENCODER = { name: 'one', sha256: 'a'.repeat(64), pooling: 'cls', template: '{text}' } as const;
const ANOTHER = { ...TEXT_ENCODER, name: 'another', sha256: 'b'.repeat(64) };
/** Nothing else of what is prepared may be looked at before the model is refused. */
const preparedWith = (textEncoder: Prepared['textEncoder']): Prepared => ({ textEncoder }) as Prepared;
const mismatch = (words: RegExp) => (error: unknown): boolean => isEcgError(error) && error.code === 'MODEL_MISMATCH' && words.test(error.message);

describe('a model that does not fit what is prepared', () => {
  it('is neither evaluated nor a teacher where it learnt with another text encoder, though the embeddings be as long', async () => {
    const path = writeTinyModel({ manifest: { textEncoder: { ...TEXT_ENCODER } } });
    await expect(Evaluator.open(loadManifest(path), preparedWith(ANOTHER))).rejects.toSatisfy(mismatch(/text encoder.*one@aaaaaaaa.*another@bbbbbbbb/));
    await expect(openTeacher(dirname(path), preparedWith(ANOTHER), undefined)).rejects.toSatisfy(mismatch(/text encoder/));
    for (const different of [{ pooling: 'mean' }, { template: 'The ECG of {text}' }] as const) {
      expect(() => requireTextEncoder(TEXT_ENCODER, { ...TEXT_ENCODER, ...different }, 'here')).toThrow(expect.objectContaining({ code: 'MODEL_MISMATCH' }));
    }
    expect(() => requireTextEncoder(TEXT_ENCODER, { ...TEXT_ENCODER, name: 'the same under another name' }, 'here')).not.toThrow();
  });

  it('is not shown records that are prepared in another way than it takes them', async () => {
    const { preprocessing } = INPUT_SPEC;
    const models = [{ preprocessing: { ...preprocessing, normalise: 'lead-zscore' } }, { samplingFrequencyHz: 250 }, { length: 500 }] as const;
    for (const manifest of models) {
      const loaded = loadManifest(writeTinyModel({ manifest: { preprocessing: { ...preprocessing }, ...manifest } }));
      await expect(openOnnxModel(loaded)).rejects.toSatisfy(mismatch(/not prepared/));
    }
  });

  it('is none where it is the model that ships', async () => {
    await (await openOnnxModel(loadManifest('models/shipped/manifest.json'))).close();
  });
});

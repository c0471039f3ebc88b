import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isEcgError } from '../../../ecg/errors.ts';
import { encodeFloats, loadLabelBank } from '../../../models/label-bank.ts';
import { loadManifest } from '../../../models/manifest.ts';
import type { Signals } from '../../../training/data/signals.ts';
import { projectTexts } from '../../../training/embed-records.ts';
import { Model } from '../../../training/model.ts';
import { openOnnxModel } from '../../../training/onnx/onnx-model.ts';
import { checkParity } from '../../../training/onnx/parity.ts';
import { writeModel } from '../../../training/onnx/write-model.ts';
import { randomOf } from '../../../training/random.ts';
import { centreAndNormalise } from '../../../training/vectors.ts';

const TEXT_DIMENSION = 6;
const CONFIG = { width: 4, stemKernel: 7, kernel: 5, groupSize: 4, embeddingDimension: 8 };
const directory = mkdtempSync(join(tmpdir(), 'leadwatch-model-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Random records in the range of prepared ECGs, and offsets of the norms that are not zero. */
function randomParts(seed: number): { model: Model; signals: Signals } {
  const random = randomOf(seed);
  const model = new Model(CONFIG, TEXT_DIMENSION, 0.05, seed);
  model.restore(model.flatten().map((value) => value + 0.1 * random.normal()));
  return { model, signals: { microvolts: Int16Array.from({ length: 5 * 12_000 }, () => 600 * random.normal()), count: 5 } };
}

const { model, signals } = randomParts(5);
const textCentre = Float32Array.from({ length: TEXT_DIMENSION }, (_, i) => i / 10);
const embedding = new Float32Array(8).fill(1 / Math.sqrt(8));

const written = await writeModel(directory, {
  name: 'tiny', config: CONFIG, values: model.flatten(), textCentre,
  textEncoder: { name: 'none', sha256: '0'.repeat(64), pooling: 'cls', template: '{text}' },
  training: { commit: 'none', config: 'tiny', data: 'random', epochs: 0, date: '2026-11-25' },
  makeBank: async () => ({
    bankVersion: 1, embeddingDimension: 8, standardisedOver: 'nothing',
    labels: [{ id: 'one', name: 'One', kind: 'form', prompts: ['one'], method: 'prompt', embedding: encodeFloats(embedding), cosineMean: 0, cosineSd: 1 }],
  }),
});
const loaded = loadManifest(join(directory, 'manifest.json'));

describe('an exported model', () => {
  it('is read back by the code that serves it, checksums and all', () => {
    expect(loaded.manifest).toEqual(written);
    expect(loaded.manifest.temperature).toBeGreaterThan(0);
    expect([...loadLabelBank(loaded).embeddings]).toEqual([...embedding]);
  });

  it('computes in ONNX Runtime what the network computes in TensorFlow, with every lead set', async () => {
    const exported = await openOnnxModel(loaded);
    const { largestDifference, lowestCosine } = await checkParity(model, exported, signals, [0, 1, 2, 3, 4]);
    expect(largestDifference).toBeLessThan(1e-5);
    expect(lowestCosine).toBeGreaterThan(0.9999);
    await exported.close();
  });

  it('is refused where it computes something else', async () => {
    const exported = await openOnnxModel(loaded);
    const { model: other } = randomParts(6);
    await expect(checkParity(other, exported, signals, [0, 1])).rejects.toSatisfy((error) => isEcgError(error) && error.code === 'MODEL_MISMATCH');
    await exported.close();
  });

  it('carries the text head: a sentence lands where training puts it', async () => {
    const exported = await openOnnxModel(loaded);
    const random = randomOf(8);
    const frozen = Float32Array.from({ length: 3 * TEXT_DIMENSION }, () => random.normal());
    const centred = exported.centreTexts(frozen);
    expect([...centred]).toEqual([...centreAndNormalise(frozen, textCentre)]);
    const ours = projectTexts(model, centred);
    exported.projectTexts(centred).forEach((value, i) => expect(value).toBeCloseTo(ours[i]!, 5));
    await exported.close();
  });
});

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isEcgError } from '../../../ecg/errors.ts';
import { encodeFloats, loadLabelBank } from '../../../models/label-bank.ts';
import { loadManifest } from '../../../models/manifest.ts';
import { loadReportBank } from '../../../models/report-bank.ts';
import { loadTextHead } from '../../../models/text-head.ts';
import type { ModelConfig } from '../../../training/config.ts';
import { signalsInMemory } from '../../../training/data/signals.ts';
import { projectTexts } from '../../../training/embed-records.ts';
import { Model } from '../../../training/model.ts';
import { openOnnxModel } from '../../../training/onnx/onnx-model.ts';
import { checkParity } from '../../../training/onnx/parity.ts';
import { remakeLabelBank } from '../../../training/onnx/remake-bank.ts';
import { writeModel } from '../../../training/onnx/write-model.ts';
import type { Prepared } from '../../../training/prepare.ts';
import { randomOf } from '../../../training/random.ts';
import { centreAndNormalise } from '../../../training/vectors.ts';

const TEXT_DIMENSION = 6;
const SHAPE = { width: 4, stemKernel: 7, kernel: 5, groupSize: 4, embeddingDimension: 8 };
const NETWORKS = [
  { name: 'the network that ships', config: { ...SHAPE, norm: 'group', leadDescription: true, pooling: 'mean+max' } },
  { name: 'the paper’s network', config: { ...SHAPE, norm: 'batch', leadDescription: false, pooling: 'mean' } },
] as const;
const directory = mkdtempSync(join(tmpdir(), 'leadwatch-model-'));
afterAll(() => rmSync(directory, { recursive: true }));

const SIGNALS = signalsInMemory((() => { const random = randomOf(4); return Int16Array.from({ length: 5 * 12_000 }, () => 600 * random.normal()); })());
const textCentre = Float32Array.from({ length: TEXT_DIMENSION }, (_, i) => i / 10);
const embedding = new Float32Array(8).fill(1 / Math.sqrt(8));

/** Gains, offsets and averages away from where they begin; a variance stays positive. */
async function randomModel(config: ModelConfig, seed: number): Promise<Model> {
  const random = randomOf(seed);
  const model = new Model(config, TEXT_DIMENSION, 0.05, seed);
  model.restore((await model.flatten()).map((value) => value + 0.1 * random.next()));
  return model;
}

describe.each(NETWORKS)('an exported model: $name', ({ name, config }) => {
  const opened = (async () => {
    const model = await randomModel(config, 5);
    const at = join(directory, name.replaceAll(' ', '-'));
    const written = await writeModel(at, {
      name: 'tiny', config, values: await model.flatten(), textCentre,
      textEncoder: { name: 'none', sha256: '0'.repeat(64), pooling: 'cls', template: '{text}' },
      training: { commit: 'none', config: 'tiny', data: 'random', epochs: 0, date: '2026-11-25' },
      reportBank: { bytes: new Uint8Array(3 * TEXT_DIMENSION).fill(1), count: 3, neighbours: 2, contrast: 0.5 },
      makeBank: async () => ({
        bankVersion: 1, embeddingDimension: 8, standardisedOver: 'nothing',
        labels: [{ id: 'one', name: 'One', kind: 'form', prompts: ['one'], method: 'prompt', embedding: encodeFloats(embedding), cosineMean: 0, cosineSd: 1 }],
      }),
    });
    const loaded = loadManifest(join(at, 'manifest.json'));
    return { model, written, loaded, exported: await openOnnxModel(loaded) };
  })();
  afterAll(async () => (await opened).exported.close());

  it('is read back by the code that serves it, checksums and all', async () => {
    const { loaded, written } = await opened;
    expect(loaded.manifest).toEqual(written);
    expect(loaded.manifest.temperature).toBeGreaterThan(0);
    expect([...loadLabelBank(loaded).embeddings]).toEqual([...embedding]);
    expect(loadReportBank(loaded, loadTextHead(loaded)!)?.count).toBe(3);
  });

  it('computes in ONNX Runtime what the network computes in TensorFlow, with every lead set', async () => {
    const { model, exported } = await opened;
    const { largestDifference, lowestCosine } = await checkParity(model, exported, SIGNALS, [0, 1, 2, 3, 4]);
    expect(largestDifference).toBeLessThan(1e-5);
    expect(lowestCosine).toBeGreaterThan(0.9999);
  });

  it('is refused where it computes something else', async () => {
    const other = await randomModel(config, 6);
    await expect(checkParity(other, (await opened).exported, SIGNALS, [0, 1])).rejects.toSatisfy((error) => isEcgError(error) && error.code === 'MODEL_MISMATCH');
  });

  it('gets its label bank anew, and nothing else', async () => {
    const { loaded } = await opened;
    const at = join(directory, `${name.replaceAll(' ', '-')}-anew`);
    cpSync(loaded.directory, at, { recursive: true });
    const copy = loadManifest(join(at, 'manifest.json'));
    const prepared = { textEncoder: copy.manifest.textEncoder } as Prepared;
    const label = { id: 'two', name: 'Two', kind: 'form' as const, prompts: ['two'], method: 'prompt' as const, embedding: encodeFloats(embedding), cosineMean: 0, cosineSd: 2 };
    const { loaded: remade } = await remakeLabelBank(copy, prepared, async () => (
      { bank: { bankVersion: 1, embeddingDimension: 8, standardisedOver: 'nothing', labels: [label] }, choices: [], abstention: undefined }));
    expect(loadLabelBank(remade).labels.map(({ id }) => id)).toEqual(['two']);
    expect({ ...remade.manifest, labelBank: undefined }).toEqual({ ...copy.manifest, labelBank: undefined });
    await expect(remakeLabelBank(copy, { textEncoder: { ...copy.manifest.textEncoder, sha256: '1'.repeat(64) } } as Prepared))
      .rejects.toSatisfy((error) => isEcgError(error) && error.code === 'MODEL_MISMATCH');
  });

  it('carries the text head: a sentence lands where training puts it', async () => {
    const { model, exported } = await opened;
    const random = randomOf(8);
    const frozen = Float32Array.from({ length: 3 * TEXT_DIMENSION }, () => random.normal());
    const centred = exported.centreTexts(frozen);
    expect([...centred]).toEqual([...centreAndNormalise(frozen, textCentre)]);
    const ours = await projectTexts(model, centred);
    exported.projectTexts(centred).forEach((value, i) => expect(value).toBeCloseTo(ours[i]!, 5));
  });
});

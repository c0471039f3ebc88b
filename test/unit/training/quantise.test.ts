import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { loadManifest } from '../../../models/manifest.ts';
import { parametersOf, sizeOf } from '../../../training/architecture.ts';
import { presenceOf } from '../../../training/augmentation.ts';
import { INPUT_SPEC } from '../../../training/data/input-spec.ts';
import { signalsInMemory } from '../../../training/data/signals.ts';
import { LEAD_SETS } from '../../../training/lead-sets.ts';
import { encoderGraph } from '../../../training/onnx/encoder-graph.ts';
import { feedsOf } from '../../../training/onnx/onnx-model.ts';
import { measureRanges } from '../../../training/onnx/quantise-calibration.ts';
import { halves, toFp16 } from '../../../training/onnx/quantise-fp16.ts';
import { quantisedValues, toInt8 } from '../../../training/onnx/quantise-int8.ts';
import { exportReduced, writeReduced } from '../../../training/onnx/quantise-model.ts';
import { randomOf } from '../../../training/random.ts';
import { writeTinyModel } from '../../helpers/tiny-model.ts';

const CONFIG = { width: 8, stemKernel: 7, kernel: 5, norm: 'group', groupSize: 4, leadDescription: true, pooling: 'mean+max', embeddingDimension: 16 } as const;
const parameters = parametersOf(CONFIG, 6, 1);
const random = randomOf(5);
const values = Float32Array.from({ length: parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0) }, () => 0.2 * random.normal());
const encoder = encoderGraph(CONFIG, parameters, values);
/** Something that swings and jumps, of the size of ECGs, in microvolts. */
const signals = signalsInMemory(Int16Array.from({ length: 12 * 12_000 }, (_, i) => 300 * Math.sin(i / (9 + Math.floor(i / 12_000))) + (i % 97 < 4 ? 900 : 0) + 30 * random.normal()));
const records = Array.from({ length: signals.count }, (_, i) => i);
const presences = Object.values(LEAD_SETS).map(presenceOf);

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function embed(graph: Uint8Array): Promise<Float32Array> {
  const session = await InferenceSession.create(graph, { intraOpNumThreads: 1 });
  const { embedding } = await session.run(feedsOf(signals, records, presences[0]!));
  await session.release();
  return embedding!.data as Float32Array;
}

/** The lowest over the records. */
function cosine(a: Float32Array, b: Float32Array): number {
  const of = (row: number): number => Array.from({ length: CONFIG.embeddingDimension }, (_, i) => a[row * CONFIG.embeddingDimension + i]! * b[row * CONFIG.embeddingDimension + i]!).reduce((sum, value) => sum + value, 0);
  return Math.min(...records.map(of));
}

describe('an encoder in half precision', () => {
  it('says nearly the same, takes and gives float32, and is half the size', async () => {
    const half = toFp16(encoder);
    expect(cosine(await embed(half), await embed(encoder))).toBeGreaterThan(0.9999);
    expect(half.length).toBeLessThan(0.75 * encoder.length);
  });

  it('rounds to the nearest half, ties to even, and keeps what has no half', () => {
    const cases: [number, number][] = [
      [0, 0], [-0, 0x8000], [1, 0x3c00], [-2, 0xc000], [65504, 0x7bff], [65520, 0x7c00], [Infinity, 0x7c00], [-Infinity, 0xfc00],
      [2 ** -14, 0x0400], [2 ** -24, 0x0001], [2 ** -25, 0], [3 * 2 ** -25, 2], [1 + 2 ** -11, 0x3c00], [1 + 3 * 2 ** -11, 0x3c02],
    ];
    expect([...halves(Float32Array.from(cases, ([value]) => value))]).toEqual(cases.map(([, half]) => half));
    expect(halves(Float32Array.of(NaN))[0]! & 0x7fff).toBeGreaterThan(0x7c00);
  });
});

describe('an encoder in 8-bit integers', () => {
  it('says nearly the same by ranges measured on records, and its convolutions but the first are integers', async () => {
    const ranges = await measureRanges(encoder, signals, records, presences);
    expect([...ranges.keys()].sort()).toEqual(quantisedValues(encoder).sort());
    const int8 = toInt8(encoder, ranges);
    expect(cosine(await embed(int8), await embed(encoder))).toBeGreaterThan(0.98);
    const graph = Buffer.from(int8).toString('latin1');
    expect(graph.match(/QLinearConv/g)!.length).toBeGreaterThan(10);
  });

  it('is not made where a range is missing', () => {
    expect(() => toInt8(encoder, new Map())).toThrow(RangeError);
  });
});

describe('a model in reduced precision', () => {
  const original = (): string => {
    const path = writeTinyModel({ dimension: 16 });
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    writeFileSync(join(dirname(path), 'encoder.onnx'), encoder);
    const head = new Uint8Array(new Float32Array(4 + 4 * CONFIG.embeddingDimension).buffer);
    writeFileSync(join(dirname(path), 'text-head.bin'), head);
    writeFileSync(path, JSON.stringify({
      ...manifest, preprocessing: INPUT_SPEC.preprocessing, encoder: { path: 'encoder.onnx', sha256: sha256Of(encoder) }, textHead: { path: 'text-head.bin', sha256: sha256Of(head), inputDimension: 4 } }));
    return path;
  };
  const rows = records.map((record) => ({ record: `${record}`, fold: 1 })) as never;

  it('is a directory of its own with the same labels, its manifest says the precision, and it is not reduced again', async () => {
    const from = loadManifest(original());
    const directory = join(from.directory, 'int8');
    const reduced = await writeReduced(from, 'int8', directory, { rows, signals });
    expect(reduced.manifest).toMatchObject({ precision: 'int8', name: 'tiny-int8', labelBank: from.manifest.labelBank });
    expect(reduced.id).not.toBe(from.id);
    await expect(writeReduced(reduced, 'fp16', directory, { rows, signals })).rejects.toMatchObject({ code: 'MODEL_MISMATCH' });
  });

  it('is left out where it lies too far from the original: nothing can serve it', async () => {
    const from = loadManifest(original());
    const data = { signals, rows: records.map((record) => ({ record: `${record}`, fold: record % 2 === 0 ? 1 : 9 })) as never };
    const { agreed } = await exportReduced(from, 'int8', join(from.directory, 'near'), data, 0.9);
    expect(agreed).toMatchObject({ records: 6, meanCosine: expect.closeTo(1, 1) });
    const far = join(from.directory, 'far');
    // No eight bits are as good as thirty-two.
    await expect(exportReduced(from, 'int8', far, data, 1)).rejects.toMatchObject({ code: 'MODEL_MISMATCH', message: expect.stringContaining('too far from the original') });
    expect(existsSync(join(far, 'manifest.json'))).toBe(false);
  });
});

/**
 * A real model in a directory of its own, small enough to load in a blink: one convolution, a mean over time, the
 * lead presence beside it, a projection and a unit length. For tests of everything that serves a model.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import { afterAll } from 'vitest';
import { STANDARD_LEADS } from '../../ecg/leads.ts';
import { encodeFloats, type LabelBankFile } from '../../models/label-bank.ts';
import type { Manifest } from '../../models/manifest.ts';

const { onnx } = onnxProto;
const FLOAT = onnx.TensorProto.DataType.FLOAT;
const LEADS = STANDARD_LEADS.length;
const LENGTH = 1000;
const FILTERS = 8;
const KERNEL = 7;

const directories: string[] = [];
afterAll(() => directories.forEach((directory) => rmSync(directory, { recursive: true, force: true })));

export interface TinyModelOptions {
  readonly dimension?: number;
  readonly labels?: number;
  /** So many of the labels, the first ones, raise an alarm. */
  readonly armed?: number;
  /** Changes to the manifest after it was made to fit, for models that do not. */
  readonly manifest?: Partial<Manifest>;
  /** Its label bank as it shall be written. */
  readonly bank?: (bank: LabelBankFile) => object;
  /** Written in place of the graph, under its right checksum. */
  readonly encoderBytes?: Uint8Array;
}

/** Writes the model. @returns the path of its manifest */
export function writeTinyModel({ dimension = 16, labels = 5, armed = 0, manifest: changes = {}, bank = (made) => made, encoderBytes }: TinyModelOptions = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'leadwatch-tiny-model-'));
  directories.push(directory);
  const encoder = write(directory, 'encoder.onnx', encoderBytes ?? tinyGraph(dimension));
  const labelBank = write(directory, 'label-bank.json', Buffer.from(JSON.stringify(bank(tinyBank(labels, armed, dimension)))));
  const manifest: Manifest = {
    manifestVersion: 1,
    name: 'tiny',
    leads: [...STANDARD_LEADS],
    samplingFrequencyHz: 100,
    length: LENGTH,
    preprocessing: { highPassHz: 0.5, lowPassHz: 40, clipUv: 5000, normalise: 'record-zscore', scaleUv: 20 },
    embeddingDimension: dimension,
    temperature: 0.07,
    opset: 17,
    precision: 'fp32',
    inputs: { ecg: 'ecg', presence: 'presence' },
    output: 'embedding',
    encoder,
    labelBank,
    textEncoder: { name: 'none', sha256: '0'.repeat(64), pooling: 'cls', template: '{}' },
    training: { commit: 'none', config: 'random weights', data: 'none', epochs: 0, date: '2026-11-25' },
    ...changes,
  };
  const path = join(directory, 'manifest.json');
  writeFileSync(path, JSON.stringify(manifest));
  return path;
}

function write(directory: string, path: string, bytes: Uint8Array): { path: string; sha256: string } {
  writeFileSync(join(directory, path), bytes);
  return { path, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function tinyBank(labels: number, armed: number, dimension: number): LabelBankFile {
  return {
    bankVersion: 1,
    embeddingDimension: dimension,
    standardisedOver: 'nothing: random labels',
    labels: Array.from({ length: labels }, (_, i) => ({
      id: `label-${i}`,
      name: `Label ${i}`,
      kind: 'rhythm',
      prompts: [`label ${i}`],
      method: 'prompt',
      embedding: encodeFloats(unit(weights(dimension, 100 + i))),
      cosineMean: 0.1 * i,
      cosineSd: 0.2,
      // Always reached: a cosine is at least -1.
      ...(i < armed && { alarm: { priority: 'medium' as const, threshold: -100, dwellMs: 1 } }),
    })),
  };
}

function tinyGraph(dimension: number): Uint8Array {
  const node = (opType: string, input: string[], output: string, attribute: object[] = []): object =>
    ({ opType, name: output, input, output: [output], attribute });
  const ints = (name: string, values: number[]): object => ({ name, type: onnx.AttributeProto.AttributeType.INTS, ints: values });
  const int = (name: string, value: number): object => ({ name, type: onnx.AttributeProto.AttributeType.INT, i: value });
  const tensor = (name: string, dims: number[], values: Float32Array): object =>
    ({ name, dims, dataType: FLOAT, rawData: new Uint8Array(values.buffer) });
  const value = (name: string, dims: number[]): object =>
    ({ name, type: { tensorType: { elemType: FLOAT, shape: { dim: [{ dimParam: 'n' }, ...dims.map((dim) => ({ dimValue: dim }))] } } } });
  const model = onnx.ModelProto.fromObject({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'tiny',
      input: [value('ecg', [LEADS, LENGTH]), value('presence', [LEADS])],
      output: [value('embedding', [dimension])],
      initializer: [
        tensor('kernel', [FILTERS, LEADS, KERNEL], weights(FILTERS * LEADS * KERNEL, 1)),
        tensor('projection', [FILTERS + LEADS, dimension], weights((FILTERS + LEADS) * dimension, 2)),
      ],
      node: [
        node('Conv', ['ecg', 'kernel'], 'filtered', [ints('pads', [3, 3]), ints('strides', [2])]),
        node('Relu', ['filtered'], 'rectified'),
        node('ReduceMean', ['rectified'], 'mean', [ints('axes', [2]), int('keepdims', 0)]),
        node('Concat', ['mean', 'presence'], 'features', [int('axis', 1)]),
        node('MatMul', ['features', 'projection'], 'projected'),
        node('LpNormalization', ['projected'], 'embedding', [int('axis', -1), int('p', 2)]),
      ],
    },
  });
  return onnx.ModelProto.encode(model).finish();
}

/** Numbers in [-1, 1), always the same for a seed (Lehmer's generator with the MINSTD constants). */
export function weights(count: number, seed: number): Float32Array {
  let state = ((seed + 1) * 1_000_003) % 2_147_483_647;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return (2 * state) / 2_147_483_647 - 1;
  });
}

const unit = (values: Float32Array): Float32Array => {
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
};

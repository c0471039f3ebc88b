/** Writes a model's directory: what models/manifest.ts and models/label-bank.ts read. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabelBankFile } from '../../models/label-bank.ts';
import { manifestSchema, type Manifest } from '../../models/manifest.ts';
import { LENGTH, parametersOf, parameterValues } from '../architecture.ts';
import type { ModelConfig } from '../config.ts';
import { INPUT_SPEC } from '../data/input-spec.ts';
import { encoderGraph, INPUTS, OUTPUT } from './encoder-graph.ts';
import { OPSET } from './graph-builder.ts';
import { createOnnxModel, type OnnxModel } from './onnx-model.ts';
import type { ReportBankPart } from './report-bank-export.ts';

export interface ModelParts {
  readonly name: string;
  readonly config: ModelConfig;
  /** All parameters end to end, in the order of `parametersOf`; what only a loss needs stands behind them and does not travel. */
  readonly values: Float32Array;
  /** Mean of the frozen text embeddings over the training texts, subtracted before the text head. */
  readonly textCentre: Float32Array;
  readonly textEncoder: Manifest['textEncoder'];
  readonly training: Manifest['training'];
  /** Typed labels become prototypes of these reports; without it each is scored by its own embedding. */
  readonly reportBank?: ReportBankPart | undefined;
  /** Given the encoder and text head as they will be written, and the encoder's checksum. */
  makeBank(model: OnnxModel, sha256: string): Promise<LabelBankFile>;
}

/** @returns the manifest written; every file it names carries its checksum */
export async function writeModel(directory: string, parts: ModelParts): Promise<Manifest> {
  const { config, values, textCentre } = parts;
  const parameters = parametersOf(config, textCentre.length, 1);
  const part = (name: string): Float32Array => parameterValues(parameters, values, name);
  const { encoder, head } = modelFiles(config, values, textCentre);
  const model = await createOnnxModel(encoder, head, textCentre.length, config.embeddingDimension);
  const bank = await parts.makeBank(model, sha256Of(encoder)).finally(() => model.close());
  mkdirSync(directory, { recursive: true });
  const write = (path: string, bytes: Uint8Array | string): { path: string; sha256: string } => {
    writeFileSync(join(directory, path), bytes);
    return { path, sha256: sha256Of(bytes) };
  };
  const { reportBank } = parts;
  const manifest = manifestSchema.parse({
    manifestVersion: 1,
    name: parts.name,
    leads: [...INPUT_SPEC.leads],
    samplingFrequencyHz: INPUT_SPEC.samplingFrequency,
    length: LENGTH,
    preprocessing: { ...INPUT_SPEC.preprocessing },
    embeddingDimension: config.embeddingDimension,
    temperature: 1 / Math.exp(part('logScale')[0]!),
    opset: OPSET,
    precision: 'fp32',
    inputs: INPUTS,
    output: OUTPUT,
    encoder: write('encoder.onnx', encoder),
    labelBank: write('label-bank.json', `${JSON.stringify(bank, undefined, 1)}\n`),
    textHead: { ...write('text-head.bin', head), inputDimension: textCentre.length },
    ...(reportBank && { reportBank: { ...write('report-bank.bin', reportBank.bytes), count: reportBank.count, neighbours: reportBank.neighbours, contrast: reportBank.contrast } }),
    textEncoder: parts.textEncoder,
    training: parts.training,
  });
  write('manifest.json', `${JSON.stringify(manifest, undefined, 2)}\n`);
  return manifest;
}

/** encoder.onnx and text-head.bin. @param values all parameters end to end, in the order of `parametersOf` */
export function modelFiles(config: ModelConfig, values: Float32Array, textCentre: Float32Array): { readonly encoder: Uint8Array; readonly head: Uint8Array } {
  const parameters = parametersOf(config, textCentre.length, 1);
  return { encoder: encoderGraph(config, parameters, values), head: textHead(textCentre, parameterValues(parameters, values, 'text.weight')) };
}

export const sha256Of = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/**
 * text-head.bin, little-endian float32: the centre [inputDimension], then the projection [inputDimension][dimension].
 * A sentence is scored by unit(unit(frozen embedding - centre) x projection).
 */
function textHead(centre: Float32Array, weight: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * (centre.length + weight.length)));
  [...centre, ...weight].forEach((value, index) => view.setFloat32(4 * index, value, true));
  return new Uint8Array(view.buffer);
}

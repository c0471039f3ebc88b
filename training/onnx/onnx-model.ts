/** An exported model as export and evaluation run it: ONNX Runtime on prepared records, and the text head. */
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { readChecked, type LoadedManifest } from '../../models/manifest.ts';
import { INPUT_SPEC } from '../data/input-spec.ts';
import type { Signals } from '../data/signals.ts';
import { requirePreparedInput } from '../fit.ts';
import { maskedInput } from '../masked-input.ts';
import { centreAndNormalise, multiply, normaliseRows } from '../vectors.ts';
import { INPUTS, OUTPUT } from './encoder-graph.ts';

const BATCH = 32;
const LEADS = INPUT_SPEC.leads.length;
const VALUES_PER_RECORD = LEADS * INPUT_SPEC.length;

export interface OnnxModel {
  readonly dimension: number;
  /** @returns [records][dimension], unit length */
  embedRecords(signals: Signals, records: readonly number[], presence: Uint8Array): Promise<Float32Array>;
  /** Inputs that are no prepared records, each with leads of its own. @returns [inputs][dimension], unit length */
  embedInputs(inputs: readonly { readonly input: Float32Array; readonly presence: Uint8Array }[]): Promise<Float32Array>;
  /** @param frozen [texts][textDimension], centred, unit length @returns [texts][dimension], unit length */
  projectTexts(frozen: Float32Array): Float32Array;
  /** @param frozen as the text encoder gives them @returns centred with the training centre, unit length */
  centreTexts(frozen: Float32Array): Float32Array;
  close(): Promise<void>;
}

/**
 * @param encoder bytes of the .onnx, as encoder-graph.ts writes it
 * @param textHead bytes of text-head.bin
 */
export async function createOnnxModel(encoder: Uint8Array, textHead: Uint8Array, textDimension: number, dimension: number): Promise<OnnxModel> {
  const session = await InferenceSession.create(encoder, { intraOpNumThreads: 2 });
  const head = readFloats(textHead);
  const centre = head.subarray(0, textDimension);
  const projection = head.subarray(textDimension);
  const run = async (feeds: Record<string, Tensor>): Promise<Float32Array> => (await session.run(feeds))[OUTPUT]!.data as Float32Array;
  return {
    dimension,
    async embedRecords(signals, records, presence) {
      const out = new Float32Array(records.length * dimension);
      for (let first = 0; first < records.length; first += BATCH) {
        out.set(await run(feedsOf(signals, records.slice(first, first + BATCH), presence)), first * dimension);
      }
      return out;
    },
    async embedInputs(inputs) {
      const out = new Float32Array(inputs.length * dimension);
      for (const [row, { input, presence }] of inputs.entries()) out.set(await run(tensorsOf(input, Float32Array.from(presence))), row * dimension);
      return out;
    },
    projectTexts: (frozen) => normaliseRows(multiply(frozen, projection, textDimension), dimension),
    centreTexts: (frozen) => centreAndNormalise(frozen, centre),
    close: () => session.release(),
  };
}

/** Records as the encoder takes them, with only these leads. */
export function feedsOf(signals: Signals, records: readonly number[], presence: Uint8Array): Record<string, Tensor> {
  const ecg = new Float32Array(records.length * VALUES_PER_RECORD);
  records.forEach((record, row) => maskedInput(signals, record, presence, ecg.subarray(row * VALUES_PER_RECORD, (row + 1) * VALUES_PER_RECORD)));
  const mask = Float32Array.from({ length: records.length * LEADS }, (_, i) => presence[i % LEADS]!);
  return tensorsOf(ecg, mask);
}

/** @param ecg [n][leads][length] @param mask [n][leads] */
function tensorsOf(ecg: Float32Array, mask: Float32Array): Record<string, Tensor> {
  const n = mask.length / LEADS;
  return {
    [INPUTS.ecg]: new Tensor('float32', ecg, [n, LEADS, INPUT_SPEC.length]),
    [INPUTS.presence]: new Tensor('float32', mask, [n, LEADS]),
  };
}

/** A model on disk. @throws EcgError MODEL_CHECKSUM; MODEL_MISMATCH where it takes other input than is prepared; RangeError where it has no text head */
export async function openOnnxModel(loaded: LoadedManifest): Promise<OnnxModel> {
  requirePreparedInput(loaded);
  const { manifest: { textHead, embeddingDimension }, directory, encoderPath } = loaded;
  if (!textHead) throw new RangeError(`the model in ${directory} has no text head, so no prompt can be scored`);
  return createOnnxModel(readFileSync(encoderPath), readChecked(directory, textHead), textHead.inputDimension, embeddingDimension);
}

function readFloats(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

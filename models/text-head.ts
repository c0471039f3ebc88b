/**
 * From the frozen space of the text encoder to the space that ECGs and labels share. `text-head.bin`, little-endian float32:
 * the centre [inputDimension], then the projection [inputDimension][dimension]; embedding = unit(unit(frozen - centre) x projection).
 */
import { EcgError } from '../ecg/errors.ts';
import { readChecked, type LoadedManifest } from './manifest.ts';

export interface TextHead {
  readonly inputDimension: number;
  readonly dimension: number;
  /** @param frozen [inputDimension], as the text encoder gives it @returns the same without the training texts' mean, of unit length */
  centre(frozen: Float32Array): Float32Array;
  /** @param centred [inputDimension] @returns [dimension], of unit length */
  project(centred: Float32Array): Float32Array;
}

/** @returns undefined where the model was exported without one @throws EcgError MODEL_CHECKSUM | MODEL_MISMATCH */
export function loadTextHead({ manifest, directory, id }: LoadedManifest): TextHead | undefined {
  const { textHead, embeddingDimension: dimension } = manifest;
  if (!textHead) return undefined;
  const { inputDimension } = textHead;
  const bytes = readChecked(directory, textHead);
  const expected = 4 * inputDimension * (1 + dimension);
  if (bytes.length !== expected) {
    throw new EcgError('MODEL_MISMATCH', 'the text head is of another size than the manifest says', { expected: `${expected} bytes`, received: `${bytes.length}`, from: id });
  }
  const values = Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
  const centreOfTexts = values.subarray(0, inputDimension);
  const projection = values.subarray(inputDimension);
  return {
    inputDimension,
    dimension,
    centre: (frozen) => toUnitLength(frozen.map((value, i) => value - centreOfTexts[i]!)),
    project(centred) {
      const out = new Float32Array(dimension);
      for (let row = 0; row < inputDimension; row++) {
        const value = centred[row]!;
        for (let i = 0; i < dimension; i++) out[i] = out[i]! + value * projection[row * dimension + i]!;
      }
      return toUnitLength(out);
    },
  };
}

/** In place; a vector of nothing stays as it is. */
export function toUnitLength(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares) || 1;
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! / length;
  return vector;
}

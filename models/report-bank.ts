/**
 * Embeddings of the training reports, without their text, as a model may ship them: a bare sentence lies off the manifold of
 * reports on which both heads were trained, so a typed label becomes the mean of the reports nearest to it (a prototype).
 */
import { EcgError } from '../ecg/errors.ts';
import { readChecked, type LoadedManifest } from './manifest.ts';
import { toUnitLength, type TextHead } from './text-head.ts';
import { meanOf } from './vectors.ts';

export interface ReportBank {
  readonly count: number;
  /** @param centred [inputDimension], of unit length @returns [dimension], of unit length */
  prototype(centred: Float32Array): Float32Array;
}

/**
 * Reads `reportBank`: int8 [count][inputDimension], each row the centred frozen embedding of a report scaled so that its
 * largest value is 127.
 * @returns undefined where the manifest names none @throws EcgError MODEL_CHECKSUM | MODEL_MISMATCH
 */
export function loadReportBank({ manifest, directory, id }: LoadedManifest, head: TextHead): ReportBank | undefined {
  const { reportBank } = manifest;
  if (!reportBank) return undefined;
  const { count, neighbours, contrast } = reportBank;
  const { inputDimension, dimension } = head;
  const bytes = readChecked(directory, reportBank);
  if (bytes.length !== count * inputDimension) {
    throw new EcgError('MODEL_MISMATCH', 'the bank of reports is of another size than the manifest says', { expected: `${count * inputDimension} bytes`, received: `${bytes.length}`, from: id });
  }
  const rows = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const report = (row: number): Float32Array => toUnitLength(Float32Array.from(rows.subarray(row * inputDimension, (row + 1) * inputDimension)));
  const lengths = Float32Array.from({ length: count }, (_, row) => Math.hypot(...rows.subarray(row * inputDimension, (row + 1) * inputDimension)) || 1);
  const projected = new Map<number, Float32Array>();
  const projectionOf = (row: number): Float32Array => {
    const known = projected.get(row) ?? head.project(report(row));
    projected.set(row, known);
    return known;
  };
  let mean: Float32Array | undefined;
  const meanReport = (): Float32Array => (mean ??= meanOf(Array.from({ length: count }, (_, row) => projectionOf(row)), dimension));
  return {
    count,
    prototype(centred) {
      const nearest = nearestRows(rows, lengths, centred, neighbours);
      const sum = meanOf(nearest.map(projectionOf), dimension);
      if (contrast > 0) {
        const away = meanReport();
        for (let i = 0; i < dimension; i++) sum[i] = sum[i]! - contrast * away[i]!;
      }
      return toUnitLength(sum);
    },
  };
}

function nearestRows(rows: Int8Array, lengths: Float32Array, centred: Float32Array, wanted: number): number[] {
  const dimension = centred.length;
  const similarity = Float32Array.from(lengths, (length, row) => {
    let sum = 0;
    for (let i = 0; i < dimension; i++) sum += rows[row * dimension + i]! * centred[i]!;
    return sum / length;
  });
  return Array.from(similarity.keys()).sort((a, b) => similarity[b]! - similarity[a]!).slice(0, wanted);
}

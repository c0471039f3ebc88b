/** The bank of reports, from the export that writes it to the server that makes prototypes of it. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadManifest } from '../../../models/manifest.ts';
import { loadReportBank, type ReportBank } from '../../../models/report-bank.ts';
import { loadTextHead, toUnitLength } from '../../../models/text-head.ts';
import { reportBankOf } from '../../../training/onnx/report-bank-export.ts';
import { writeTinyModel, weights } from '../../helpers/tiny-model.ts';

const TEXT = 12;
const DIMENSION = 4;
const head = weights((1 + DIMENSION) * TEXT, 7).fill(0, 0, TEXT); // no centre
const projection = head.subarray(TEXT);
const project = (text: Float32Array): Float32Array => toUnitLength(Float32Array.from({ length: DIMENSION }, (_, i) => text.reduce((sum, value, row) => sum + value * projection[row * DIMENSION + i]!, 0)));
/** Five reports, of which the last was not one of training. */
const reports = Array.from({ length: 5 }, (_, i) => toUnitLength(weights(TEXT, 20 + i)));
const exported = reportBankOf({ textEmbeddings: Float32Array.from(reports.flatMap((report) => [...report])), textDimension: TEXT, trainTexts: Int32Array.of(0, 1, 2, 3) });

/** A model that ships this bank. */
function load(changes: { readonly neighbours?: number; readonly contrast?: number; readonly bytes?: Uint8Array; readonly count?: number } = {}): ReportBank | undefined {
  const path = writeTinyModel({ dimension: DIMENSION });
  const write = (name: string, bytes: Uint8Array): { path: string; sha256: string } => {
    writeFileSync(join(dirname(path), name), bytes);
    return { path: name, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const { bytes, ...terms } = { ...exported, neighbours: 1, contrast: 0, ...changes };
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as object;
  writeFileSync(path, JSON.stringify({ ...manifest, textHead: { ...write('text-head.bin', new Uint8Array(head.slice().buffer)), inputDimension: TEXT }, reportBank: { ...write('report-bank.bin', bytes), ...terms } }));
  const loaded = loadManifest(path);
  return loadReportBank(loaded, loadTextHead(loaded)!);
}
const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0) / Math.hypot(...b);
const mean = (of: readonly Float32Array[]): Float32Array => Float32Array.from({ length: DIMENSION }, (_, i) => of.reduce((sum, vector) => sum + vector[i]!, 0) / of.length);

describe('a bank of reports', () => {
  it('makes of a sentence the report nearest to it: of those that trained, eight bits notwithstanding', () => {
    const bank = load()!;
    expect(bank.count).toBe(4);
    reports.slice(0, 4).forEach((report) => expect(cosine(bank.prototype(report), project(report))).toBeGreaterThan(0.999));
    const last = reports[4]!;
    const nearest = reports.slice(0, 4).map((report) => ({ report, similarity: cosine(last, report) })).sort((a, b) => b.similarity - a.similarity)[0]!.report;
    expect(cosine(bank.prototype(last), project(nearest))).toBeGreaterThan(0.999);
  });

  it('makes the mean of so many as the manifest says, less a share of the mean report', () => {
    const all = mean(reports.slice(0, 4).map(project));
    expect(cosine(load({ neighbours: 4 })!.prototype(reports[0]!), all)).toBeGreaterThan(0.999);
    const wanted = project(reports[0]!).map((value, i) => value - 0.5 * all[i]!);
    const contrasted = load({ contrast: 0.5 })!.prototype(reports[0]!);
    expect(cosine(contrasted, wanted)).toBeGreaterThan(0.999);
    expect(Math.hypot(...contrasted)).toBeCloseTo(1, 5);
  });

  it('is none where the manifest names none, and refused where it is of another size', () => {
    const loaded = loadManifest(writeTinyModel({ dimension: DIMENSION }));
    expect(loadReportBank(loaded, { inputDimension: TEXT, dimension: DIMENSION, centre: (x) => x, project })).toBeUndefined();
    expect(() => load({ count: 5 })).toThrow(expect.objectContaining({ code: 'MODEL_MISMATCH', message: expect.stringContaining('expected 60 bytes, received 48') }));
  });
});

/** Our beats beside another detector's on the same records: the difference, and whether it could be chance. */
import { mulberry32 } from './intervals.ts';
import type { BeatCounts } from './beat-matching.ts';

const RESAMPLES = 2000;

/** True positives, false negatives, false positives. */
export type DetectorCounts = readonly [number, number, number];

export interface PairedDifference {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Better or worse only where the interval excludes 0. */
  readonly verdict: 'better' | 'worse' | 'no difference shown';
}

const se = (rows: readonly DetectorCounts[]): number => share(rows, 1);
const ppv = (rows: readonly DetectorCounts[]): number => share(rows, 2);

function share(rows: readonly DetectorCounts[], errors: 1 | 2): number {
  const hits = rows.reduce((sum, row) => sum + row[0], 0);
  return (100 * hits) / (hits + rows.reduce((sum, row) => sum + row[errors], 0));
}

/** Ours less theirs in percentage points, with the middle 95 % of resamplings of whole records, the same ones for both. */
export function pairedDifference(ours: readonly BeatCounts[], theirs: Readonly<Record<string, DetectorCounts>>, seed = 1): { se: PairedDifference; ppv: PairedDifference } {
  const pairs = ours.map((row) => {
    const other = theirs[row.record];
    if (!other) throw new RangeError(`the other detector has no counts of record ${row.record}`);
    return [[row.truePositive, row.falseNegative, row.falsePositive], other] as const;
  });
  const random = mulberry32(seed);
  const samples = Array.from({ length: RESAMPLES }, () => pairs.map(() => pairs[Math.floor(random() * pairs.length)]!));
  const of = (figure: (rows: readonly DetectorCounts[]) => number): PairedDifference => {
    const difference = (rows: typeof pairs): number => figure(rows.map(([own]) => own)) - figure(rows.map(([, other]) => other));
    const sorted = samples.map(difference).sort((a, b) => a - b);
    const low = sorted[Math.floor(0.025 * RESAMPLES)]!;
    const high = sorted[Math.floor(0.975 * RESAMPLES)]!;
    return { value: difference(pairs), low, high, verdict: low > 0 ? 'better' : high < 0 ? 'worse' : 'no difference shown' };
  };
  return { se: of(se), ppv: of(ppv) };
}

/** Beside a pooled figure of which no records are known, only our own interval can be asked whether it excludes it. */
export const besidePooled = ({ low, high }: { readonly low: number; readonly high: number }, pooled: number): PairedDifference['verdict'] =>
  low > pooled ? 'better' : high < pooled ? 'worse' : 'no difference shown';

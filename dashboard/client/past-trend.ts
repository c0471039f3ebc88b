/** What the server's history knows of heart rate and findings. */
import { HistoryClient, type Span } from './review/history-client.ts';
import { askServer } from './server-request.ts';
import { TREND_EVERY_MS, TREND_POINTS, type TrendPoint } from './trend.ts';

/** Longest time the server gives findings for (dashboard/server/history-query.ts). */
export const FINDINGS_SPAN_MS = 2 * 3_600_000;

export interface PastTrends {
  readonly fromMs: number;
  readonly pointMs: number;
  readonly heartRate: { readonly mean: readonly number[]; readonly low: readonly number[]; readonly high: readonly number[] };
  /** By label; empty where the time is too long for findings. */
  readonly scores: ReadonlyMap<string, readonly number[]>;
}

type Stored = readonly (number | null)[];
const known = (values: Stored): number[] => values.map((value) => value ?? NaN);

/** @throws ServerRefusal where no history is kept, or it does not answer */
export async function pastTrends(span: Span, points: number): Promise<PastTrends> {
  const { bed, fromMs, toMs } = span;
  const [rates, findings] = await Promise.all([
    new HistoryClient().heartRate(span, points),
    toMs - fromMs <= FINDINGS_SPAN_MS
      ? askServer<{ labels: Readonly<Record<string, Stored>> }>('history/findings', { query: { bed, from: fromMs, to: toMs, points } })
      : { labels: {} },
  ]);
  return {
    fromMs, pointMs: (toMs - fromMs) / points,
    heartRate: { mean: known(rates.mean), low: known(rates.low), high: known(rates.high) },
    scores: new Map(Object.entries(findings.labels).map(([label, scores]) => [label, known(scores)])),
  };
}

/** The half hour before now, point by point, for the small lines beside the leads. */
export async function pastHalfHour(bed: string, nowMs: number): Promise<TrendPoint[]> {
  const { fromMs, pointMs, heartRate, scores } = await pastTrends({ bed, fromMs: nowMs - TREND_POINTS * TREND_EVERY_MS, toMs: nowMs }, TREND_POINTS);
  return heartRate.mean.map((rate, i) => ({
    atMs: fromMs + (i + 0.5) * pointMs,
    heartRate: rate,
    scores: new Map([...scores].flatMap(([label, line]) => (Number.isNaN(line[i]!) ? [] : [[label, line[i]!] as const]))),
  }));
}

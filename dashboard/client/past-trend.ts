/** What the server's history knows of heart rate and findings. */
import { HistoryClient, type Span, type StoredTrend } from './review/history-client.ts';
import { TREND_EVERY_MS, TREND_POINTS, type TrendPoint } from './trend.ts';

/** Point by point; NaN where nothing is known. */
export interface PastTrend {
  readonly mean: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export interface PastTrends {
  readonly heartRate: PastTrend;
  /** Scores by label. */
  readonly findings: ReadonlyMap<string, PastTrend>;
}

const known = ({ mean, low, high }: StoredTrend): PastTrend => {
  const numbers = (values: StoredTrend['mean']): number[] => values.map((value) => value ?? NaN);
  return { mean: numbers(mean), low: numbers(low), high: numbers(high) };
};

/** @throws ServerRefusal where no history is kept, or it does not answer */
export async function pastTrends(span: Span, points: number, signal?: AbortSignal): Promise<PastTrends> {
  const history = new HistoryClient();
  const [rates, findings] = await Promise.all([history.heartRate(span, points, signal), history.findings(span, points, signal)]);
  return { heartRate: known(rates), findings: new Map(Object.entries(findings).map(([label, scores]) => [label, known(scores)])) };
}

/** The half hour before now, point by point, for the small lines beside the leads. */
export async function pastHalfHour(bed: string, nowMs: number): Promise<TrendPoint[]> {
  const fromMs = nowMs - TREND_POINTS * TREND_EVERY_MS;
  const { heartRate, findings } = await pastTrends({ bed, fromMs, toMs: nowMs }, TREND_POINTS);
  return heartRate.mean.map((rate, i) => ({
    atMs: fromMs + (i + 0.5) * TREND_EVERY_MS,
    heartRate: rate,
    scores: new Map([...findings].flatMap(([label, { mean }]) => (Number.isNaN(mean[i]!) ? [] : [[label, mean[i]!] as const]))),
  }));
}

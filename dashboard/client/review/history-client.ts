/** The page's side of `/history` and `/search` (docs/history.md). */
import { askServer, requestServer } from '../server-request.ts';

/** One stretch without a gap, as the server stored it. */
export interface StoredRun {
  readonly startMs: number;
  readonly signal: { readonly samplingFrequencyHz: number; readonly leads: readonly string[] };
  /** Per lead; null where a sample is missing. */
  readonly samplesUv: readonly (readonly (number | null)[])[];
}

export interface StoredBeat {
  readonly atMs: number;
  readonly class: string;
}

export interface StoredEvent {
  readonly bed: string;
  readonly atMs: number;
  readonly kind: 'alarm' | 'annotation' | 'feed';
  readonly name: string;
  readonly id: string;
  readonly priority?: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface StoredOverview {
  readonly columnMs: number;
  readonly lowUv: readonly (number | null)[];
  readonly highUv: readonly (number | null)[];
}

export interface StoredTrend {
  readonly mean: readonly (number | null)[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

export interface FoundSegment {
  readonly bed: string;
  /** End of the ten seconds. */
  readonly atMs: number;
  readonly similarity: number;
}

export interface SearchAnswer {
  /** How many were searched. */
  readonly segments: number;
  readonly tookMs: number;
  readonly results: readonly FoundSegment[];
}

export interface Span {
  readonly bed: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Every question fails with a ServerRefusal. */
export class HistoryClient {
  async beds(fromMs: number, toMs: number): Promise<readonly string[]> {
    return (await askServer<{ beds: readonly string[] }>('history/beds', { query: { from: fromMs, to: toMs } })).beds;
  }

  async waveform(span: Span, signal?: AbortSignal): Promise<readonly StoredRun[]> {
    return (await askServer<{ runs: readonly StoredRun[] }>('history/waveform', { query: asQuery(span), signal })).runs;
  }

  overview(span: Span, lead: string, columns: number, signal?: AbortSignal): Promise<StoredOverview> {
    return askServer('history/overview', { query: { ...asQuery(span), lead, columns }, signal });
  }

  heartRate(span: Span, points: number, signal?: AbortSignal): Promise<StoredTrend> {
    return askServer('history/trend', { query: { ...asQuery(span), name: 'heartRateBpm', points }, signal });
  }

  /** Scores by label. */
  async findings(span: Span, points: number, signal?: AbortSignal): Promise<Readonly<Record<string, StoredTrend>>> {
    return (await askServer<{ labels: Readonly<Record<string, StoredTrend>> }>('history/findings', { query: { ...asQuery(span), points }, signal })).labels;
  }

  async beats(span: Span, signal?: AbortSignal): Promise<readonly StoredBeat[]> {
    return (await askServer<{ beats: readonly StoredBeat[] }>('history/beats', { query: asQuery(span), signal })).beats;
  }

  /** The newest where there are more than `limit`, in order of time. */
  async events(span: Span, kinds: readonly StoredEvent['kind'][], limit: number, signal?: AbortSignal): Promise<readonly StoredEvent[]> {
    return (await askServer<{ events: readonly StoredEvent[] }>('history/events', { query: { ...asQuery(span), kinds: kinds.join(), limit }, signal })).events;
  }

  search(span: Span, text: string, limit: number, signal?: AbortSignal): Promise<SearchAnswer> {
    return askServer('search', { query: { ...asQuery(span), text, limit }, signal });
  }

  /** A file of the interval, with the name the server gave it. */
  async exported(span: Span, format: string): Promise<{ readonly name: string; readonly blob: Blob }> {
    const response = await requestServer('history/export', { query: { ...asQuery(span), format } });
    const name = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1];
    return { name: name ?? `leadwatch.${format}`, blob: await response.blob() };
  }
}

const asQuery = ({ bed, fromMs, toMs }: Span): Record<string, string | number> => ({ bed, from: fromMs, to: toMs });

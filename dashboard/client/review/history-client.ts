/** The page's side of `/history` and `/search` (docs/history.md). The token goes into a header, never into an address. */

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

/** What went wrong, in the server's words. */
export class HistoryFault extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export class HistoryClient {
  readonly #token: () => string | null;

  constructor(token: () => string | null) {
    this.#token = token;
  }

  async beds(fromMs: number, toMs: number): Promise<readonly string[]> {
    return (await this.#ask<{ beds: readonly string[] }>('history/beds', { from: fromMs, to: toMs })).beds;
  }

  async waveform(span: Span, signal?: AbortSignal): Promise<readonly StoredRun[]> {
    return (await this.#ask<{ runs: readonly StoredRun[] }>('history/waveform', asQuery(span), signal)).runs;
  }

  overview(span: Span, lead: string, columns: number, signal?: AbortSignal): Promise<StoredOverview> {
    return this.#ask('history/overview', { ...asQuery(span), lead, columns }, signal);
  }

  heartRate(span: Span, points: number, signal?: AbortSignal): Promise<StoredTrend> {
    return this.#ask('history/trend', { ...asQuery(span), name: 'heartRateBpm', points }, signal);
  }

  async beats(span: Span, signal?: AbortSignal): Promise<readonly StoredBeat[]> {
    return (await this.#ask<{ beats: readonly StoredBeat[] }>('history/beats', asQuery(span), signal)).beats;
  }

  /** The newest where there are more than `limit`, in order of time. */
  async events(span: Span, kinds: readonly StoredEvent['kind'][], limit: number, signal?: AbortSignal): Promise<readonly StoredEvent[]> {
    return (await this.#ask<{ events: readonly StoredEvent[] }>('history/events', { ...asQuery(span), kinds: kinds.join(), limit }, signal)).events;
  }

  search(span: Span, text: string, limit: number, signal?: AbortSignal): Promise<SearchAnswer> {
    return this.#ask('search', { ...asQuery(span), text, limit }, signal);
  }

  /** A file of the interval, with the name the server gave it. */
  async exported(span: Span, format: string): Promise<{ readonly name: string; readonly blob: Blob }> {
    const response = await this.#fetch('history/export', { ...asQuery(span), format });
    const name = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1];
    return { name: name ?? `leadwatch.${format}`, blob: await response.blob() };
  }

  async #ask<T>(path: string, query: Readonly<Record<string, string | number>>, signal?: AbortSignal): Promise<T> {
    return (await (await this.#fetch(path, query, signal)).json()) as T;
  }

  /** @throws HistoryFault in the server's words */
  async #fetch(path: string, query: Readonly<Record<string, string | number>>, signal?: AbortSignal): Promise<Response> {
    const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    const token = this.#token();
    const response = await fetch(`/${path}?${parameters.toString()}`, {
      headers: token === null ? {} : { authorization: `Bearer ${token}` }, ...(signal ? { signal } : {}) });
    if (response.ok) return response;
    const told = (await response.json().catch(() => ({}))) as { code?: string; message?: string };
    throw new HistoryFault(told.code ?? `HTTP_${response.status}`, told.message ?? `${response.status} ${response.statusText}`);
  }
}

const asQuery = ({ bed, fromMs, toMs }: Span): Record<string, string | number> => ({ bed, from: fromMs, to: toMs });

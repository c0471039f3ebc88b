/** The history in an InfluxDB 2.x, through its own client: points in, Flux queries out, behind the contract of every store. */
import { InfluxDB, flux, fluxDateTime, fluxDuration, type Point, type QueryApi, type WriteApi } from '@influxdata/influxdb-client';
import { EcgError } from '../../../ecg/errors.ts';
import { runsOfScores } from '../embedding-runs.ts';
import type { BeatMark, EmbeddingRun, EventKind, EventQuery, HistoryBatch, HistoryEvent, HistoryStats, HistoryStore, Interval, NumericsPoint, Overview, ScorePoint, Trend, TrendQuery, WaveformRun } from '../store.ts';
import { emptyTrend, partOf } from '../trend.ts';
import { emptyOverview, toRuns, widen, widenByRun } from '../waveform.ts';
import { bucketOf, type BucketKind, type InfluxOptions } from './options.ts';
import { blockOf, embeddingOf, nanoseconds, pointsOf } from './points.ts';

/** Points in one request: 32,000 is the most the client keeps, 5,000 what InfluxData advises. */
const BATCH_POINTS = 5000;
const TIMEOUT_MS = 10_000;
/** On a network within one hospital, packing costs more than sending: blocks are packed already. */
const NO_GZIP = 2 ** 30;
const SECOND_MS = 1000;
/** Of findings, with every label and three numbers each: the client reads an answer in one go, and what takes it long holds up the line. */
const POINTS_AT_ONCE = 48;

type Row = Readonly<Record<string, string | number>>;

export class InfluxStore implements HistoryStore {
  readonly kind = 'influxdb';
  readonly #options: InfluxOptions;
  readonly #query: QueryApi;
  readonly #write: Readonly<Record<BucketKind, WriteApi>>;
  #points = 0;
  #failed = 0;
  #fault: string | null = null;

  constructor(options: InfluxOptions) {
    this.#options = options;
    const client = new InfluxDB({ url: options.url, token: options.token, timeout: TIMEOUT_MS });
    this.#query = client.getQueryApi(options.org);
    // The client's own retrying is off: whoever appends decides, and the spool knows what is missing.
    const write = (kind: BucketKind): WriteApi => client.getWriteApi(options.org, bucketOf(options, kind), 'ns', {
      batchSize: BATCH_POINTS + 1, flushInterval: 0, maxRetries: 0, maxBufferLines: 2 * BATCH_POINTS, gzipThreshold: NO_GZIP, writeFailed: (error) => Promise.reject(error),
    });
    this.#write = { waveforms: write('waveforms'), trends: write('trends'), events: write('events') };
  }

  /** @throws EcgError INFLUX_UNAVAILABLE; what was written before the fault stays, and may be written again */
  async append(batch: HistoryBatch): Promise<void> {
    for (const [kind, points] of Object.entries(pointsOf(batch)) as [BucketKind, Point[]][]) {
      for (let at = 0; at < points.length; at += BATCH_POINTS) await this.#send(kind, points.slice(at, at + BATCH_POINTS));
    }
  }

  /** The buckets forget by themselves. */
  async retain(): Promise<void> {}

  async beds(fromMs: number, toMs: number): Promise<string[]> {
    const first = async (kind: BucketKind, predicate: string): Promise<Row[]> => this.#rows(`${this.#from(kind, fromMs, toMs)} |> filter(fn: (r) => ${predicate}) |> first() |> keep(columns: ["bed"])`);
    const rows = await Promise.all([
      first('waveforms', 'r._measurement == "waveform" and r._field == "block"'),
      first('trends', 'r._measurement == "numerics"'),
      first('events', 'r._measurement == "event" and r._field == "ms"'),
    ]);
    return [...new Set(rows.flat().map(({ bed }) => String(bed)))].sort();
  }

  async waveform({ bed, fromMs, toMs }: Interval): Promise<WaveformRun[]> {
    const rows = await this.#rows(`${this.#from('waveforms', fromMs - SECOND_MS, toMs)}${of('waveform', bed)} |> filter(fn: (r) => r._field == "block") |> keep(columns: ["_time", "_value"])`);
    return toRuns(rows.map(({ _value }) => blockOf(bed, String(_value))), fromMs, toMs);
  }

  async overview(query: Interval & { lead: string; columns: number }): Promise<Overview> {
    const { bed, fromMs, toMs, lead, columns } = query;
    const overview = emptyOverview(lead, columns, fromMs, toMs);
    if (overview.columnMs < SECOND_MS) {
      for (const run of await this.waveform(query)) widenByRun(overview, fromMs, run);
      return overview;
    }
    const source = (field: string): string => `${this.#from('waveforms', fromMs, toMs)}${of('waveform', bed)}${String(flux` |> filter(fn: (r) => r._field == ${field})`)}`;
    const [lows, highs] = await Promise.all([
      this.#rows(source(`low_${lead}`) + windows(fromMs, overview.columnMs, 'min')),
      this.#rows(source(`high_${lead}`) + windows(fromMs, overview.columnMs, 'max')),
    ]);
    for (const rows of [lows!, highs!]) {
      for (const { _time, _value } of rows) widen(overview, fromMs, middle(_time, overview.columnMs), rows === lows ? Number(_value) : NaN, rows === highs ? Number(_value) : NaN);
    }
    return overview;
  }

  async trend(query: TrendQuery & { name: string }): Promise<Trend> {
    const trend = emptyTrend(query.name, query);
    for (const { part, point, value } of await this.#trendPoints('numerics', query.name, query)) trend[part][point] = value;
    return trend;
  }

  /** Gathered by InfluxDB: what comes over is a value for each label, part and function, whatever was stored. */
  async findingTrends(query: TrendQuery): Promise<Trend[]> {
    const trends = new Map<string, Trend>();
    for (let first = 0; first < query.points; first += POINTS_AT_ONCE) {
      for (const { part, point, value, row } of await this.#trendPoints('score', 'score', slice(query, first, Math.min(first + POINTS_AT_ONCE, query.points)))) {
        const label = String(row['label']);
        let trend = trends.get(label);
        if (!trend) trends.set(label, (trend = emptyTrend(label, query)));
        trend[part][first + point] = value;
      }
    }
    return [...trends.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async numerics({ bed, fromMs, toMs }: Interval): Promise<NumericsPoint[]> {
    const rows = await this.#rows(`${this.#from('trends', fromMs, toMs)}${of('numerics', bed)} |> keep(columns: ["_time", "_field", "_value"])`);
    const points = new Map<number, Record<string, number>>();
    for (const { _time, _field, _value } of rows) {
      const atMs = Date.parse(String(_time));
      points.set(atMs, { ...points.get(atMs), [String(_field)]: Number(_value) });
    }
    return [...points].sort(([a], [b]) => a - b).map(([atMs, values]) => ({ bed, atMs, values }));
  }

  async embeddings(query: Interval): Promise<EmbeddingRun[]> {
    return runsOfScores(await this.scores(query));
  }

  async scores({ bed, fromMs, toMs }: Interval): Promise<ScorePoint[]> {
    const [rows, embeddings] = await Promise.all([this.#pivoted('trends', 'score', { bed, fromMs, toMs }), this.#pivoted('trends', 'embedding', { bed, fromMs, toMs })]);
    const points = new Map<number, { modelId: string; findings: { label: string; score: number; cosine: number }[] }>();
    for (const { ms, model, label, score, cosine } of rows) {
      const point = points.get(Number(ms)) ?? { modelId: String(model), findings: [] };
      point.findings.push({ label: String(label), score: Number(score), cosine: Number(cosine) });
      points.set(Number(ms), point);
    }
    const embeddingAt = new Map(embeddings.map(({ ms, halves }) => [Number(ms), embeddingOf(String(halves))]));
    return [...points].sort(([a], [b]) => a - b).map(([atMs, { modelId, findings }]) => {
      const embedding = embeddingAt.get(atMs);
      return { bed, atMs, modelId, findings: findings.sort((a, b) => b.score - a.score), ...(embedding ? { embedding } : {}) };
    });
  }

  async beats(query: Interval): Promise<BeatMark[]> {
    const rows = await this.#pivoted('trends', 'beat', query);
    return rows.map(({ ms, class: kind, rrMs }) => ({ bed: query.bed, atMs: Number(ms), class: String(kind) as BeatMark['class'], rrMs: typeof rrMs === 'number' ? rrMs : undefined }))
      .sort((a, b) => a.atMs - b.atMs);
  }

  async events({ bed, fromMs, toMs, kinds, limit }: EventQuery): Promise<HistoryEvent[]> {
    const ofKinds = kinds ? ` |> filter(fn: (r) => ${kinds.map((kind) => `r.kind == "${kind}"`).join(' or ')})` : '';
    const newest = limit === undefined ? '' : ` |> group() |> sort(columns: ["_time"], desc: true) |> limit(n: ${limit})`;
    const rows = await this.#rows(`${this.#from('events', fromMs, toMs)}${of('event', bed)}${ofKinds}${PIVOT}${newest}`);
    return rows.map((row): HistoryEvent => {
      const { id, detail } = JSON.parse(String(row['entry'])) as Pick<HistoryEvent, 'id' | 'detail'>;
      return {
        bed: String(row['bed']), atMs: Number(row['ms']), kind: String(row['kind']) as EventKind, name: String(row['name']), id,
        ...(row['priority'] ? { priority: String(row['priority']) } : {}), detail };
    }).sort((a, b) => a.atMs - b.atMs);
  }

  stats(): HistoryStats {
    return { fault: this.#fault, figures: { influx_points: this.#points, influx_failed_requests: this.#failed } };
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#write).map((api) => api.close().catch(() => undefined)));
  }

  async #trendPoints(measurement: string, field: string, query: TrendQuery): Promise<{ part: 'mean' | 'low' | 'high'; point: number; value: number; row: Row }[]> {
    const { bed, fromMs, toMs, points } = query;
    const pointMs = (toMs - fromMs) / points;
    const source = `${this.#from('trends', fromMs, toMs)}${of(measurement, bed)}${String(flux` |> filter(fn: (r) => r._field == ${field})`)}`;
    const parts = await Promise.all(([['mean', 'mean'], ['min', 'low'], ['max', 'high']] as const).map(async ([fn, part]) =>
      (await this.#rows(source + windows(fromMs, pointMs, fn, measurement === 'score' ? ['label'] : [])))
        .map((row) => ({ part, point: partOf(query, middle(row['_time'], pointMs)), value: Number(row['_value']), row }))));
    return parts.flat();
  }

  async #send(kind: BucketKind, points: Point[]): Promise<void> {
    const api = this.#write[kind];
    try {
      api.writePoints(points);
      await api.flush(false); // waits for this very request: auto-flushing is out of reach of the batch size
      this.#points += points.length;
      this.#fault = null;
    } catch (cause) {
      this.#failed++;
      throw this.#unavailable(cause);
    }
  }

  async #rows(query: string): Promise<Row[]> {
    try {
      return await this.#query.collectRows<Row>(query);
    } catch (cause) {
      throw this.#unavailable(cause);
    }
  }

  async #pivoted(kind: BucketKind, measurement: string, { bed, fromMs, toMs }: Interval): Promise<Row[]> {
    return this.#rows(`${this.#from(kind, fromMs, toMs)}${of(measurement, bed)}${PIVOT}`);
  }

  #unavailable(cause: unknown): EcgError {
    const error = new EcgError('INFLUX_UNAVAILABLE', 'InfluxDB did not do as asked', { received: (cause as Error).message, from: this.#options.url, cause });
    this.#fault = error.message;
    return error;
  }

  #from(kind: BucketKind, fromMs: number, toMs: number): string {
    const instant = (timeMs: number): string => String(fluxDateTime(rfc3339(timeMs)));
    // Times carry up to a millisecond to tell things of one moment apart; results are cut to the interval again.
    return `${String(flux`from(bucket: ${bucketOf(this.#options, kind)})`)} |> range(start: ${instant(fromMs)}, stop: ${instant(toMs)})`;
  }
}

/** The points from `first`, up to and without `end`. */
function slice({ bed, fromMs, toMs, points }: TrendQuery, first: number, end: number): TrendQuery {
  const pointMs = (toMs - fromMs) / points;
  return { bed, fromMs: fromMs + first * pointMs, toMs: fromMs + end * pointMs, points: end - first };
}

const PIVOT = ' |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")';

const of = (measurement: string, bed: string | undefined): string =>
  String(flux` |> filter(fn: (r) => r._measurement == ${measurement})`) + (bed === undefined ? '' : String(flux` |> filter(fn: (r) => r.bed == ${bed})`));

/** Equal parts counted from `fromMs`; each row's `_time` is where its part begins. */
function windows(fromMs: number, everyMs: number, fn: 'min' | 'max' | 'mean', tags: readonly string[] = []): string {
  const every = Math.round(everyMs * 1e6);
  const offset = BigInt(nanoseconds(fromMs)) % BigInt(every);
  return ` |> aggregateWindow(every: ${String(fluxDuration(`${every}ns`))}, offset: ${offset}ns, fn: ${fn}, createEmpty: false, timeSrc: "_start") |> keep(columns: ${JSON.stringify(['_time', '_value', ...tags])})`;
}

const middle = (time: string | number | undefined, widthMs: number): number => Date.parse(String(time)) + widthMs / 2;

function rfc3339(timeMs: number): string {
  const whole = Math.floor(timeMs);
  const ns = Math.round((timeMs - whole) * 1e6).toString().padStart(6, '0');
  return `${new Date(whole).toISOString().slice(0, -1)}${ns}Z`;
}

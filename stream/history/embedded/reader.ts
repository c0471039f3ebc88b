/** The reading side of the embedded store, synchronous, on handles of its own: WAL lets it read beside the writer. */
import { bytesToBlock, splitParts } from '../block-bytes.ts';
import { embeddingRuns } from '../embedding-runs.ts';
import type { BeatMark, EmbeddingRun, EventKind, EventQuery, HistoryEvent, Interval, NumericsPoint, Overview, ScorePoint, Trend, TrendQuery, WaveformBlock, WaveformRun } from '../store.ts';
import { inOnePart, TrendBuilder, TrendBuilders } from '../trend.ts';
import { emptyOverview, toRuns, widen, widenByRun } from '../waveform.ts';
import { Catalogue } from './catalogue.ts';
import { HistoryFiles, type DatedFile, type FileKind } from './files.ts';
import { readFindings } from './finding-minutes.ts';
import { STRIP_AFTER_MS, STRIP_BEFORE_MS, STRIP_FILE, type EmbeddedOptions } from './options.ts';
import { eachScore, scoreTime, unpackBeat, unpackEmbedding, unpackMinute, unpackNumerics, unpackScore, type Minute } from './row-values.ts';
import { BEDS_PER_KEY, rowKey, TableFile, type RowTable } from './table-file.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
/** Minutes that the writer may still be gathering are answered from their seconds. */
const GATHERING_MINUTES = 3;

interface EventRow {
  readonly bed: number;
  readonly ms: number;
  readonly kind: EventKind;
  readonly id: string;
  readonly v: Uint8Array;
}

export class EmbeddedReader {
  readonly #files: HistoryFiles;
  readonly #catalogue: Catalogue;

  constructor({ directory, encryptionKey }: EmbeddedOptions) {
    this.#files = new HistoryFiles(directory, encryptionKey, true);
    this.#catalogue = new Catalogue(new TableFile(this.#files.path('catalogue.db'), encryptionKey, true));
  }

  beds(fromMs: number, toMs: number): string[] {
    const found = new Set<number>();
    for (const kind of ['wave', 'trend'] as const) {
      for (const { name, ...dated } of this.#files.list(kind, fromMs, toMs)) {
        const file = this.#files.open(name);
        const first = Math.floor(Math.max(fromMs, dated.fromMs) / SECOND_MS);
        const last = Math.ceil(Math.min(toMs, dated.toMs) / SECOND_MS);
        // A bed at a time: from one row of the interval to the next second's same bed would skip beds that began later.
        const rows = file.statement(`SELECT DISTINCT k % ${BEDS_PER_KEY} AS bed FROM second WHERE k >= ? AND k < ?`).all(rowKey(first, 0), rowKey(last, 0));
        for (const { bed } of rows as { bed: number }[]) found.add(bed);
      }
    }
    for (const { bed } of this.#eventRows({ fromMs, toMs })) found.add(bed);
    return [...found].map((bed) => this.#catalogue.textOf('bed', bed)).filter((bed): bed is string => bed !== undefined).sort();
  }

  waveform({ bed, fromMs, toMs }: Interval): WaveformRun[] {
    // A block holds up to a second from its start, so the one before may reach into the interval.
    return toRuns(this.#blocks(bed, fromMs - SECOND_MS, toMs), fromMs, toMs);
  }

  overview(query: Interval & { lead: string; columns: number }): Overview {
    const { bed, fromMs, toMs, lead, columns } = query;
    const overview = emptyOverview(lead, columns, fromMs, toMs);
    if (overview.columnMs < SECOND_MS) {
      for (const run of this.waveform(query)) widenByRun(overview, fromMs, run);
      return overview;
    }
    const series = this.#catalogue.numberOf('series', lead);
    if (series === undefined) return overview;
    for (const { minuteMs, minute, file } of this.#minutes('wave', bed, fromMs, toMs)) {
      if (minute) {
        const values = minute.get(series);
        for (let i = 0; values && i < values.length / 2; i++) {
          if (!Number.isNaN(values[2 * i]!)) widen(overview, fromMs, minuteMs + i * SECOND_MS, values[2 * i]!, values[2 * i + 1]!);
        }
      } else {
        const blocks = this.#blocksOf(file, bed, minuteMs, minuteMs + MINUTE_MS);
        for (const run of toRuns(blocks, fromMs, toMs)) widenByRun(overview, fromMs, run);
      }
    }
    const strips = this.#stripRows(bed, fromMs, toMs).flatMap(({ value }) => this.#decode(value, bed));
    for (const run of toRuns(strips, fromMs, toMs)) widenByRun(overview, fromMs, run);
    return overview;
  }

  trend(query: TrendQuery & { name: string }): Trend {
    const { bed, fromMs, toMs, name } = query;
    const builder = new TrendBuilder(name, query);
    const series = this.#catalogue.numberOf('series', name);
    if (series === undefined) return builder.finish();
    for (const { minuteMs, minute, file } of this.#minutes('trend', bed, fromMs, toMs)) {
      const values = minute ? minute.get(series) : this.#secondsOf(file, bed, minuteMs, series);
      values?.forEach((value, i) => builder.add(minuteMs + i * SECOND_MS, value));
    }
    return builder.finish();
  }

  /** From the minutes that were counted, and the scores of those that were not or that lie in two parts. */
  findingTrends(query: TrendQuery): Trend[] {
    const { bed, fromMs, toMs } = query;
    const builders = new TrendBuilders(query);
    const builderOf = (model: number, label: number): TrendBuilder => builders.of(this.#catalogue.modelOf(model)?.labels[label] ?? `label ${label}`);
    const number = this.#catalogue.numberOf('bed', bed);
    if (number === undefined) return [];
    for (const dated of this.#files.list('trend', fromMs, toMs)) {
      const file = this.#files.open(dated.name);
      const [first, last] = within(dated, fromMs, toMs);
      for (let minuteMs = Math.floor(first / MINUTE_MS) * MINUTE_MS; minuteMs < last; minuteMs += MINUTE_MS) {
        const counted = file.hasFindingMinutes ? readFindings(file, rowKey(minuteMs / MINUTE_MS, number)) : null;
        if (counted === undefined) continue;
        if (counted && inOnePart(query, minuteMs, minuteMs + MINUTE_MS)) {
          for (const [model, labels] of counted) labels.forEach((summary, label) => builderOf(model, label).addSummary(minuteMs, summary));
          continue;
        }
        for (const { value } of this.#rowsOf(file, 'score', bed, Math.max(minuteMs, first), Math.min(minuteMs + MINUTE_MS, last))) {
          for (const part of splitParts(value)) {
            const atMs = scoreTime(part);
            if (atMs >= fromMs && atMs < toMs) eachScore(part, (model, label, score) => builderOf(model, label).add(atMs, score));
          }
        }
      }
    }
    return builders.finish();
  }

  numerics({ bed, fromMs, toMs }: Interval): NumericsPoint[] {
    return [...this.#rows('trend', 'second', bed, fromMs, toMs)].map(({ second, value }) => ({
      bed,
      atMs: second * SECOND_MS,
      values: Object.fromEntries(unpackNumerics(value).map(({ series, value: v }) => [this.#catalogue.textOf('series', series) ?? `series ${series}`, v])),
    }));
  }

  scores({ bed, fromMs, toMs }: Interval): ScorePoint[] {
    return [...this.#rows('trend', 'score', bed, fromMs, toMs)]
      .flatMap(({ value }) => splitParts(value).map((part) => unpackScore(part, bed, this.#catalogue))).filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  }

  embeddings({ bed, fromMs, toMs }: Interval): EmbeddingRun[] {
    return embeddingRuns([...this.#rows('trend', 'score', bed, fromMs, toMs)]
      .flatMap(({ value }) => splitParts(value).map((part) => unpackEmbedding(part, this.#catalogue))).filter(({ atMs }) => atMs >= fromMs && atMs < toMs));
  }

  beats({ bed, fromMs, toMs }: Interval): BeatMark[] {
    return [...this.#rows('trend', 'beat', bed, fromMs, toMs)]
      .flatMap(({ value }) => splitParts(value).map((part) => unpackBeat(part, bed))).filter(({ atMs }) => atMs >= fromMs && atMs < toMs).sort((a, b) => a.atMs - b.atMs);
  }

  events(query: EventQuery): HistoryEvent[] {
    return this.#eventRows(query).map(({ bed, ms, kind, id, v, file }) => {
      const rest = JSON.parse(Buffer.from(file.open(v, `event:${bed}:${kind}:${id}`)).toString()) as Omit<HistoryEvent, 'bed' | 'atMs' | 'kind' | 'id'>;
      return { bed: this.#catalogue.textOf('bed', bed) ?? `bed ${bed}`, atMs: ms, kind, id, ...rest };
    });
  }

  close(): void {
    this.#files.close();
  }

  #eventRows({ bed, fromMs, toMs, kinds, limit = Infinity }: EventQuery): (EventRow & { readonly file: TableFile })[] {
    const number = bed === undefined ? undefined : this.#catalogue.numberOf('bed', bed);
    if (bed !== undefined && number === undefined) return [];
    const rows: (EventRow & { readonly file: TableFile })[] = [];
    for (const { name } of this.#files.list('event', fromMs, toMs).reverse()) {
      if (rows.length >= limit) break;
      const file = this.#files.open(name);
      const sql = `SELECT bed, ms, kind, id, v FROM event WHERE ms >= ? AND ms < ?${number === undefined ? '' : ' AND bed = ?'}${
        kinds ? ` AND kind IN (${kinds.map(() => '?').join()})` : ''} ORDER BY ms DESC, n DESC LIMIT ?`;
      const found = file.statement(sql).all(fromMs, toMs, ...(number === undefined ? [] : [number]), ...(kinds ?? []), Number.isFinite(limit) ? limit - rows.length : -1);
      rows.push(...(found as unknown as EventRow[]).map((row) => ({ ...row, file })));
    }
    return rows.reverse();
  }

  #blocks(bed: string, fromMs: number, toMs: number): WaveformBlock[] {
    const rows = [...this.#rows('wave', 'second', bed, fromMs, toMs)];
    const strips = this.#stripRows(bed, fromMs, toMs);
    return [...rows, ...strips].flatMap(({ value }) => this.#decode(value, bed));
  }

  #blocksOf(file: TableFile, bed: string, fromMs: number, toMs: number): WaveformBlock[] {
    return [...this.#rowsOf(file, 'second', bed, fromMs, toMs)].flatMap(({ value }) => this.#decode(value, bed));
  }

  #decode(row: Uint8Array, bed: string): WaveformBlock[] {
    return splitParts(row).map((part) => bytesToBlock(part, bed, this.#catalogue.signalOf));
  }

  #secondsOf(file: TableFile, bed: string, minuteMs: number, series: number): Float32Array {
    const values = new Float32Array(60).fill(NaN);
    for (const { second, value } of this.#rowsOf(file, 'second', bed, minuteMs, minuteMs + MINUTE_MS)) {
      values[second % 60] = unpackNumerics(value).find((entry) => entry.series === series)?.value ?? NaN;
    }
    return values;
  }

  /** The rows of minutes of the interval; `minute` is undefined where the writer may not have written it yet. */
  *#minutes(kind: FileKind, bed: string, fromMs: number, toMs: number): Generator<{ minuteMs: number; minute: Minute | undefined; file: TableFile }> {
    const number = this.#catalogue.numberOf('bed', bed);
    if (number === undefined) return;
    for (const dated of this.#files.list(kind, fromMs, toMs)) {
      const file = this.#files.open(dated.name);
      const newest = file.newestKey('second');
      if (newest === undefined) continue;
      const newestMinute = Math.floor(newest / BEDS_PER_KEY / 60);
      const first = Math.floor(Math.max(fromMs, dated.fromMs) / MINUTE_MS);
      const last = Math.min(Math.ceil(Math.min(toMs, dated.toMs) / MINUTE_MS), newestMinute + 1);
      for (let minute = first; minute < last; minute++) {
        const row = file.get('minute', rowKey(minute, number));
        if (row) yield { minuteMs: minute * MINUTE_MS, minute: unpackMinute(row), file };
        else if (minute > newestMinute - GATHERING_MINUTES) yield { minuteMs: minute * MINUTE_MS, minute: undefined, file };
      }
    }
  }

  *#rows(kind: FileKind, table: RowTable, bed: string, fromMs: number, toMs: number): Generator<{ second: number; value: Uint8Array }> {
    for (const dated of this.#files.list(kind, fromMs, toMs)) yield* this.#rowsOf(this.#files.open(dated.name), table, bed, ...within(dated, fromMs, toMs));
  }

  /** What is kept around the alarms of forgotten hours; found by the alarms, because days may lie between them. */
  #stripRows(bed: string, fromMs: number, toMs: number): { second: number; value: Uint8Array }[] {
    if (this.#files.bytesOf(STRIP_FILE) === 0) return [];
    const present = this.#files.list('wave', fromMs, toMs);
    const seconds = new Set<number>();
    for (const { ms } of this.#eventRows({ bed, fromMs: fromMs - STRIP_AFTER_MS, toMs: toMs + STRIP_BEFORE_MS, kinds: ['alarm'] })) {
      const [first, last] = [Math.max(fromMs, ms - STRIP_BEFORE_MS), Math.min(toMs, ms + STRIP_AFTER_MS)];
      for (let second = Math.floor(first / SECOND_MS); second < last / SECOND_MS; second++) {
        if (!present.some((file) => second * SECOND_MS >= file.fromMs && second * SECOND_MS < file.toMs)) seconds.add(second);
      }
    }
    const file = this.#files.open(STRIP_FILE);
    return [...seconds].sort((a, b) => a - b).flatMap((second) => [...this.#rowsOf(file, 'second', bed, second * SECOND_MS, (second + 1) * SECOND_MS)]);
  }

  *#rowsOf(file: TableFile, table: RowTable, bed: string, fromMs: number, toMs: number): Generator<{ second: number; value: Uint8Array }> {
    const number = this.#catalogue.numberOf('bed', bed);
    const newest = file.newestKey(table);
    if (number === undefined || newest === undefined) return;
    const end = Math.min(toMs / SECOND_MS, Math.floor(newest / BEDS_PER_KEY) + 1);
    for (let second = Math.floor(fromMs / SECOND_MS); second < end; second++) {
      const value = file.get(table, rowKey(second, number));
      if (value) yield { second, value };
    }
  }
}

const within = (file: DatedFile, fromMs: number, toMs: number): [number, number] => [Math.max(fromMs, file.fromMs), Math.min(toMs, file.toMs)];

/** Stored events as a person reads them: one row an alarm, not one a change of it; beats that are as they should be left out. */
import type { StoredBeat, StoredEvent } from './history-client.ts';

/** What the list can be narrowed to. */
export const ROW_KINDS = ['alarm', 'annotation', 'feed'] as const;
export const ROW_PRIORITIES = ['high', 'medium', 'low', 'technical'] as const;
export type RowKind = (typeof ROW_KINDS)[number];
export type RowPriority = (typeof ROW_PRIORITIES)[number];

export interface EventRow {
  readonly key: string;
  readonly kind: RowKind;
  readonly atMs: number;
  /** Undefined while it lasts, or where it is a moment; of a run of beats, the last. */
  readonly endMs: number | undefined;
  readonly priority: RowPriority | undefined;
  /** Alarm condition, annotation symbol, or what the feed did. */
  readonly name: string;
  /** The alarm's cause, the annotation's text, what the feed said. */
  readonly detail: string;
  /** Beats of one kind that followed one another. */
  readonly count: number;
}

/** WFDB symbols of beats (ecgcodes.h, isqrs), and of what is listed all the same: beats of the ventricles, flutter waves. */
const BEATS = new Set('NLRBAaJSVrFejnE/fQ?');
const VENTRICULAR = new Set('VE');
const LISTED = new Set('VEF!');
/** Of these, what stands no further apart than this are one row: a run, bigeminy. */
const RUN_MS = 2000;

/** In order of time, as the events are. */
export function rowsOf(events: readonly StoredEvent[]): EventRow[] {
  const rows: EventRow[] = [];
  const alarms = new Map<string, number>();
  for (const event of events) {
    if (event.kind === 'alarm') addAlarm(event, rows, alarms);
    else if (event.kind === 'feed') rows.push({ ...moment(event), detail: typeof event.detail['device'] === 'string' ? event.detail['device'] : '' });
    else if (LISTED.has(event.name)) addBeat(event, rows);
    else if (!BEATS.has(event.name)) rows.push({ ...moment(event), detail: String(event.detail['text'] ?? '').replace(/^\(/, '') });
  }
  return rows.sort((a, b) => a.atMs - b.atMs);
}

/** Beats that a past record's annotations mark, beside those the analyser found. */
export const annotatedBeats = (events: readonly StoredEvent[]): StoredBeat[] => events
  .filter(({ kind, name }) => kind === 'annotation' && BEATS.has(name))
  .map(({ atMs, name }) => ({ atMs, class: VENTRICULAR.has(name) ? 'ventricular' : name === '/' ? 'paced' : 'normal' }));

export const matches = (row: EventRow, kind: RowKind | 'all', priority: RowPriority | 'all'): boolean =>
  (kind === 'all' || row.kind === kind) && (priority === 'all' || row.priority === priority);

function moment({ kind, id, atMs, name }: StoredEvent): Omit<EventRow, 'detail'> {
  return { key: `${kind}/${id}`, kind, atMs, endMs: undefined, priority: undefined, name, count: 1 };
}

function addBeat(event: StoredEvent, rows: EventRow[]): void {
  const at = rows.findLastIndex(({ kind }) => kind === 'annotation');
  const before = rows[at];
  if (before?.name === event.name && event.atMs - (before.endMs ?? before.atMs) <= RUN_MS) rows[at] = { ...before, endMs: event.atMs, count: before.count + 1 };
  else rows.push({ ...moment(event), detail: '' });
}

/** Changes of one alarm share condition and onset; the first stands, the last ends it, the highest priority counts. */
function addAlarm(event: StoredEvent, rows: EventRow[], alarms: Map<string, number>): void {
  const onsetMs = typeof event.detail['onsetMs'] === 'number' ? event.detail['onsetMs'] : event.atMs;
  const key = `${event.name}/${onsetMs}`;
  const state = event.detail['state'];
  const endMs = state === 'cleared' || state === 'latched' ? event.atMs : undefined;
  const priority = event.priority as RowPriority | undefined;
  const at = alarms.get(key);
  const before = at === undefined ? undefined : rows[at]!;
  if (before) {
    rows[at!] = { ...before, endMs: before.endMs ?? endMs, priority: higher(before.priority, priority) };
    return;
  }
  alarms.set(key, rows.length);
  rows.push({ key: `alarm/${key}`, kind: 'alarm', atMs: onsetMs, endMs, priority, name: event.name, detail: String(event.detail['cause'] ?? ''), count: 1 });
}

function higher(a: RowPriority | undefined, b: RowPriority | undefined): RowPriority | undefined {
  if (!a || !b) return a ?? b;
  return ROW_PRIORITIES.indexOf(a) <= ROW_PRIORITIES.indexOf(b) ? a : b;
}

/** Alarms per bed and day over the 24 hours of the MIT-BIH Arrhythmia Database: what the rules say, and what is signalled. */
import type { AlarmCondition, Priority } from '../../ecg/alarm.ts';
import { createRhythmAnalyser } from '../../ecg/rhythm/analyser.ts';
import { epochMs } from '../../ecg/units.ts';
import { comparePriority, POLICIES } from '../../stream/alarm/policy.ts';
import { noAlarms, type AlarmInput } from '../../stream/alarm/state.ts';
import { step } from '../../stream/alarm/system.ts';
import { loadRecord, recordingsDirectory, recordNames } from '../../stream/recordings/library.ts';
import { markdownTable, rounded, type Figures } from './report.ts';

/** What happened at one bed: one record, one condition. */
interface Count {
  readonly record: string;
  readonly condition: AlarmCondition;
  readonly priority: Priority;
  /** Times that the rules said it. */
  said: number;
  /** Alarms that began where none of the condition was on show. */
  begun: number;
  /** Unanswered, latched alarms whose cause came back: they sound again. */
  again: number;
}

export interface Burden {
  readonly hours: number;
  readonly records: number;
  readonly counts: readonly Count[];
}

const BLOCK_SECONDS = 1;
/** Nobody stands at the bed: an answer takes about this long from when an alarm begins. */
const ANSWER_AFTER_MS = 60_000;
/** Records that are named in the table: those with most alarms. */
const RECORDS_NAMED = 5;

const policyOf = (condition: AlarmCondition) => POLICIES[condition as keyof typeof POLICIES];

/** Streams every record through the rules and the alarm system; somebody acknowledges each alarm after a minute. */
export async function alarmBurden(): Promise<Burden> {
  const directory = await recordingsDirectory('mitdb');
  const names = recordNames(directory);
  const counts: Count[] = [];
  let hours = 0;
  for (const name of names) hours += countRecord(directory, name, counts);
  return { hours, records: names.length, counts };
}

/** @returns the record's length in hours */
function countRecord(directory: string, name: string, counts: Count[]): number {
  const { samplingFrequency: fs, leads, samplesUv } = loadRecord(directory, name);
  const analyser = createRhythmAnalyser({ samplingFrequency: fs, leads });
  const own = new Map<AlarmCondition, Count>();
  const countOf = (condition: AlarmCondition): Count => {
    let count = own.get(condition);
    if (!count) own.set(condition, (count = { record: name, condition, priority: policyOf(condition).priority, said: 0, begun: 0, again: 0 }));
    return count;
  };
  const length = samplesUv[0]!.length;
  const block = BLOCK_SECONDS * fs;
  let state = noAlarms(name);
  const unanswered = new Map<AlarmCondition, number>();
  for (let start = 0; start < length; start += block) {
    const { changes } = analyser.push(samplesUv.map((lead) => lead.subarray(start, start + block)), start, 0, new Uint16Array(0));
    const nowMs = ((start + block) * 1000) / fs;
    const take = (input: AlarmInput): void => {
      const before = state;
      const next = step(state, input, epochMs(nowMs), policyOf);
      state = next.state;
      for (const { condition, state: told } of next.changes) {
        const was = before.held.get(condition)?.state;
        if (told !== 'active' || (was !== undefined && was !== 'latched')) continue;
        countOf(condition)[was === undefined ? 'begun' : 'again']++;
        if (!unanswered.has(condition)) unanswered.set(condition, nowMs);
      }
    };
    for (const { condition, active, cause } of changes) {
      if (active) countOf(condition).said++;
      take({ type: 'condition', condition, active, onsetMs: epochMs(nowMs), cause });
    }
    for (const [condition, sinceMs] of unanswered) {
      if (nowMs - sinceMs < ANSWER_AFTER_MS) continue;
      unanswered.delete(condition);
      take({ type: 'acknowledge', condition });
    }
    take({ type: 'tick' });
  }
  counts.push(...own.values());
  return length / fs / 3600;
}

const alarmsOf = ({ begun, again }: Count): number => begun + again;
const sum = (counts: readonly Count[], of: (count: Count) => number): number => counts.reduce((total, count) => total + of(count), 0);

/** For docs/results/alerts.json; per bed and day but for the numbers of records. */
export function burdenFigures({ hours, counts }: Burden): Figures {
  const perDay = (some: readonly Count[], of: (count: Count) => number): number => rounded((sum(some, of) * 24) / hours);
  const byPriority = (of: (count: Count) => number): Figures => Object.fromEntries(
    (['high', 'medium', 'low'] as const).map((priority) => [priority, perDay(counts.filter((count) => count.priority === priority), of)]));
  const byCondition = Object.fromEntries(conditionsOf(counts).map((own) => {
    const [most] = recordsOf(own);
    return [own[0]!.condition, {
      priority: own[0]!.priority, said: perDay(own, ({ said }) => said), begun: perDay(own, ({ begun }) => begun), again: perDay(own, ({ again }) => again),
      records: own.filter((count) => alarmsOf(count) > 0).length, mostIn: most!.record, mostShare: rounded(most!.alarms / Math.max(1, sum(own, alarmsOf))),
    }];
  }));
  return { beforeDwell: byPriority(({ said }) => said), afterDwell: byPriority(alarmsOf), again: byPriority(({ again }) => again), hours: rounded(hours), date: new Date().toISOString().slice(0, 10), byCondition };
}

/** The same for people: by condition, and the records that most alarms come from. */
export function burdenTables({ hours, records, counts }: Burden): string {
  const perDay = (count: number): string => ((count * 24) / hours).toFixed(1);
  const conditions = conditionsOf(counts).map((own) => {
    const [most] = recordsOf(own);
    const alarms = sum(own, alarmsOf);
    return [`\`${own[0]!.condition}\``, own[0]!.priority, perDay(sum(own, ({ said }) => said)), perDay(alarms), perDay(sum(own, ({ again }) => again)),
      String(own.filter((count) => alarmsOf(count) > 0).length), alarms === 0 ? '' : `${most!.record} (${((100 * most!.alarms) / alarms).toFixed(0)} %)`];
  });
  const urgent = counts.filter(({ priority }) => priority === 'high' || priority === 'medium');
  const all = sum(urgent, alarmsOf);
  const named = recordsOf(urgent).slice(0, RECORDS_NAMED).map(({ record, alarms }) => {
    const high = sum(urgent.filter((count) => count.record === record && count.priority === 'high'), alarmsOf);
    return [record, String(high), String(alarms - high), `${((100 * alarms) / all).toFixed(0)} %`];
  });
  return `Alarms per bed and day over the ${hours.toFixed(0)} h of MIT-BIH (${records} records, rules only, no model; each alarm is acknowledged a minute after it began):

${markdownTable(['condition', 'priority', 'said by the rules', 'alarms', 'of these latched ones that sound again', 'records with any', 'most in'], conditions)}

The ${RECORDS_NAMED} records with most alarms of high and medium priority, in their half hour each:

${markdownTable(['record', 'high', 'medium', 'share of all'], named)}`;
}

/** Grouped by condition, the most urgent and then the most frequent first. */
function conditionsOf(counts: readonly Count[]): Count[][] {
  const groups = [...new Set(counts.map(({ condition }) => condition))].map((condition) => counts.filter((count) => count.condition === condition));
  return groups.sort((a, b) => comparePriority(b[0]!.priority, a[0]!.priority) || sum(b, alarmsOf) - sum(a, alarmsOf));
}

/** Alarms of each record, most first. */
function recordsOf(counts: readonly Count[]): { record: string; alarms: number }[] {
  return [...new Set(counts.map(({ record }) => record))]
    .map((record) => ({ record, alarms: sum(counts.filter((count) => count.record === record), alarmsOf) }))
    .sort((a, b) => b.alarms - a.alarms);
}

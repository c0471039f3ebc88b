/** Alarms per bed and day over the 24 hours of the MIT-BIH Arrhythmia Database: what the rules say, and what is signalled. */
import type { AlarmCondition, Priority } from '../../ecg/alarm.ts';
import { createRhythmAnalyser } from '../../ecg/rhythm/analyser.ts';
import { epochMs } from '../../ecg/units.ts';
import { POLICIES } from '../../stream/alarm/policy.ts';
import { noAlarms, type AlarmInput } from '../../stream/alarm/state.ts';
import { step } from '../../stream/alarm/system.ts';
import { loadRecord, recordingsDirectory, recordNames } from '../../stream/recordings/library.ts';

export type Burden = Readonly<Record<Priority, number>>;

export interface BurdenResult {
  readonly hours: number;
  /** Conditions that began, per bed and day. */
  readonly conditions: Burden;
  /** Alarms that were signalled, after dwell, release and chains, per bed and day; somebody acknowledges each after a minute. */
  readonly alarms: Burden;
}

const BLOCK_SECONDS = 1;
/** Nobody stands at the bed: an answer takes about this long. */
const ANSWER_AFTER_MS = 60_000;

const policyOf = (condition: AlarmCondition) => POLICIES[condition as keyof typeof POLICIES];

export async function alarmBurden(): Promise<BurdenResult> {
  const directory = await recordingsDirectory('mitdb');
  const conditions = { high: 0, medium: 0, low: 0, technical: 0 };
  const alarms = { high: 0, medium: 0, low: 0, technical: 0 };
  let hours = 0;
  for (const name of recordNames(directory)) {
    const { samplingFrequency: fs, leads, samplesUv } = loadRecord(directory, name);
    const analyser = createRhythmAnalyser({ samplingFrequency: fs, leads });
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
        for (const { condition, state: told, priority } of next.changes) {
          const was = before.held.get(condition)?.state;
          if (told === 'active' && (was === undefined || was === 'latched')) {
            alarms[priority]++;
            unanswered.set(condition, nowMs);
          }
        }
      };
      for (const { condition, active, cause } of changes) {
        if (active) conditions[policyOf(condition).priority]++;
        take({ type: 'condition', condition, active, onsetMs: epochMs(nowMs), cause });
      }
      for (const [condition, sinceMs] of unanswered) {
        if (nowMs - sinceMs < ANSWER_AFTER_MS) continue;
        unanswered.delete(condition);
        take({ type: 'acknowledge', condition });
      }
      take({ type: 'tick' });
    }
    hours += length / fs / 3600;
  }
  const perDay = (counts: Record<Priority, number>): Burden => Object.fromEntries(
    Object.entries(counts).map(([priority, count]) => [priority, (count * 24) / hours])) as unknown as Burden;
  return { hours, conditions: perDay(conditions), alarms: perDay(alarms) };
}

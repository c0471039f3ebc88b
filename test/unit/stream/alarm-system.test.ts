import { describe, expect, it } from 'vitest';
import type { Alarm, AlarmCondition } from '../../../ecg/alarm.ts';
import { epochMs } from '../../../ecg/units.ts';
import { POLICIES, type AlarmPolicy } from '../../../stream/alarm/policy.ts';
import { AUDIO_PAUSE_MS, noAlarms, step, type AlarmInput } from '../../../stream/alarm/system.ts';

const policyOf = (condition: AlarmCondition): AlarmPolicy => POLICIES[condition as keyof typeof POLICIES];

/** Plays inputs at given seconds and returns what was signalled, as `second condition state priority`. */
function play(course: readonly (readonly [seconds: number, input: AlarmInput])[]): string[] {
  let state = noAlarms('bed-1');
  return course.flatMap(([seconds, input]) => {
    const next = step(state, input, epochMs(seconds * 1000), policyOf);
    state = next.state;
    return next.changes.map((change: Alarm) => `${seconds} ${change.condition} ${change.state} ${change.priority}`);
  });
}
const begin = (condition: AlarmCondition): AlarmInput => ({ type: 'condition', condition, active: true, onsetMs: epochMs(0), cause: 'test' });
const finish = (condition: AlarmCondition): AlarmInput => ({ type: 'condition', condition, active: false, onsetMs: epochMs(0), cause: 'test' });
const tick: AlarmInput = { type: 'tick' };
const acknowledge: AlarmInput = { type: 'acknowledge' };

describe('the alarm system', () => {
  it('latches asystole that ended until somebody acknowledges it', () => {
    expect(play([[0, begin('asystole')], [5, finish('asystole')], [6, tick], [8, tick], [60, tick], [70, acknowledge]])).toEqual([
      '0 asystole active high', '8 asystole latched high', '70 asystole cleared high']);
  });

  it('ends an acknowledged asystole with its cause', () => {
    expect(play([[0, begin('asystole')], [1, acknowledge], [5, finish('asystole')], [8, tick]])).toEqual([
      '0 asystole active high', '1 asystole acknowledged high', '8 asystole cleared high']);
  });

  it('sounds again when a latched condition comes back', () => {
    expect(play([[0, begin('asystole')], [5, finish('asystole')], [8, tick], [9, begin('asystole')]]).at(-1)).toBe('9 asystole active high');
  });

  it('lets a heart rate alarm wait for its dwell and go by itself', () => {
    expect(play([[0, begin('heartRateHigh')], [4, tick], [5, tick], [10, finish('heartRateHigh')], [14, tick], [15, tick]])).toEqual([
      '5 heartRateHigh active medium', '15 heartRateHigh cleared medium']);
  });

  it('forgets a heart rate excursion shorter than its dwell', () => {
    expect(play([[0, begin('heartRateHigh')], [3, finish('heartRateHigh')], [20, tick]])).toEqual([]);
  });

  it('holds a lesser alarm back while one that says more holds, and lets it begin after', () => {
    expect(play([[0, begin('ventricularTachycardia')], [0, begin('heartRateHigh')], [10, tick], [11, finish('ventricularTachycardia')], [12, tick]])).toEqual([
      '0 ventricularTachycardia active high', '11 heartRateHigh active medium']);
  });

  it('raises the priority of a bed that nobody watches', () => {
    expect(play([[0, begin('noData')], [59, tick], [60, tick], [61, acknowledge], [300, tick]])).toEqual([
      '0 noData active technical', '60 noData active medium', '61 noData acknowledged medium', '300 noData active high']);
  });

  it('pauses the sounds of a bed for two minutes and no longer', () => {
    const paused = step(noAlarms('bed-1'), { type: 'pauseAudio' }, epochMs(1000), policyOf).state;
    expect(paused.audioPausedUntilMs).toBe(1000 + AUDIO_PAUSE_MS);
    expect(step(paused, tick, epochMs(1000 + AUDIO_PAUSE_MS - 1), policyOf).state.audioPausedUntilMs).toBeDefined();
    expect(step(paused, tick, epochMs(1000 + AUDIO_PAUSE_MS), policyOf).state.audioPausedUntilMs).toBeUndefined();
  });
});

describe('the policy table', () => {
  const entries = Object.entries(POLICIES);
  it('gives every lethal arrhythmia high priority, latching, without a delay of its own', () => {
    for (const condition of ['asystole', 'ventricularFibrillation', 'ventricularTachycardia', 'extremeTachycardia', 'extremeBradycardia'] as const) {
      expect(POLICIES[condition]).toMatchObject({ priority: 'high', latching: true, onsetDelayMs: 0 });
    }
  });
  it('never lets anything but a lethal arrhythmia supersede a lethal one', () => {
    for (const [, policy] of entries.filter(([, { latching }]) => latching)) {
      for (const other of policy.supersededBy) expect(policyOf(other)).toMatchObject({ latching: true, priority: 'high' });
    }
  });
});

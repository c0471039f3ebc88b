import { describe, expect, it } from 'vitest';
import type { Alarm, AlarmCondition } from '../../../ecg/alarm.ts';
import { epochMs } from '../../../ecg/units.ts';
import type { Role } from '../../../stream/access.ts';
import { POLICIES, type AlarmPolicy } from '../../../stream/alarm/policy.ts';
import { noAlarms, type AlarmInput } from '../../../stream/alarm/state.ts';
import { AUDIO_PAUSE_MS, step } from '../../../stream/alarm/system.ts';

const policyOf = (condition: AlarmCondition): AlarmPolicy => POLICIES[condition as keyof typeof POLICIES];

/** Plays inputs at given seconds and returns what was signalled, as `second condition state priority`. */
const play = (course: Course): string[] => changesOf(course).map(({ seconds, condition, state, priority }) => `${seconds} ${condition} ${state} ${priority}`);

type Course = readonly (readonly [seconds: number, input: AlarmInput])[];
function changesOf(course: Course, policies = policyOf): (Alarm & { readonly seconds: number })[] {
  let alarms = noAlarms('bed-1');
  return course.flatMap(([seconds, input]) => {
    const next = step(alarms, input, epochMs(seconds * 1000), policies);
    alarms = next.state;
    return next.changes.map((change) => ({ ...change, seconds }));
  });
}
const begin = (condition: AlarmCondition): AlarmInput => ({ type: 'condition', condition, active: true, onsetMs: epochMs(0), cause: 'test' });
const finish = (condition: AlarmCondition): AlarmInput => ({ type: 'condition', condition, active: false, onsetMs: epochMs(0), cause: 'test' });
const tick: AlarmInput = { type: 'tick' };
const acknowledge: AlarmInput = { type: 'acknowledge' };

describe('the alarm system', () => {
  it('latches asystole that ended until somebody acknowledges it', () => {
    expect(play([[0, begin('asystole')], [5, finish('asystole')], [6, tick], [8, tick], [50, tick], [59, acknowledge]])).toEqual([
      '0 asystole active high', '8 asystole latched high', '59 asystole cleared high']);
  });

  it('ends an acknowledged asystole with its cause', () => {
    expect(play([[0, begin('asystole')], [1, acknowledge], [5, finish('asystole')], [8, tick]])).toEqual([
      '0 asystole active high', '1 asystole acknowledged high', '8 asystole cleared high']);
  });

  it('sounds again when a latched condition comes back', () => {
    expect(play([[0, begin('asystole')], [5, finish('asystole')], [8, tick], [9, begin('asystole')]]).at(-1)).toBe('9 asystole active high');
  });

  it('does not take an answer to a latched alarm for one to its coming back meanwhile', () => {
    const answer: AlarmInput = { type: 'acknowledge', condition: 'asystole', seenUpToMs: epochMs(0) };
    expect(play([[0, begin('asystole')], [5, finish('asystole')], [8, tick], [20, begin('asystole')], [20, answer]])).toEqual([
      '0 asystole active high', '8 asystole latched high', '20 asystole active high']);
    expect(play([[0, begin('asystole')], [5, finish('asystole')], [8, tick], [20, answer], [20, begin('asystole')]]).at(-1)).toBe('20 asystole active high');
  });

  it('lets an unanswered extreme rate go on through a gap of some seconds, and latches it after a longer one', () => {
    const gap = [[0, begin('extremeBradycardia')], [5, finish('extremeBradycardia')], [14, tick], [14, begin('extremeBradycardia')], [20, tick]] as const;
    expect(play(gap)).toEqual(['0 extremeBradycardia active high']);
    expect(play([...gap, [21, finish('extremeBradycardia')], [30, tick], [31, tick]]).at(-1)).toBe('31 extremeBradycardia latched high');
  });

  it('sounds again when an answered extreme rate comes back, and through an audio pause when an unanswered one does', () => {
    expect(play([[0, begin('extremeBradycardia')], [1, acknowledge], [5, finish('extremeBradycardia')], [7, tick], [8, begin('extremeBradycardia')]]).slice(-2)).toEqual([
      '7 extremeBradycardia cleared high', '8 extremeBradycardia active high']);
    const paused = changesOf([[0, begin('extremeBradycardia')], [5, finish('extremeBradycardia')], [8, { type: 'pauseAudio' }], [9, begin('extremeBradycardia')]]);
    expect(paused.at(-1)).toMatchObject({ seconds: 9, state: 'active', breakthrough: true });
  });

  it('takes pauses that follow each other for one alarm until somebody answers', () => {
    expect(play([[0, begin('pause')], [10, finish('pause')], [29, tick], [29, begin('pause')], [39, finish('pause')], [58, tick], [59, tick]])).toEqual([
      '0 pause active medium', '59 pause cleared medium']);
    expect(play([[0, begin('pause')], [9, acknowledge], [10, finish('pause')], [12, tick], [20, begin('pause')]]).at(-1)).toBe('20 pause active medium');
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

  it('raises a high alarm again after one minute and after two without an answer, and not once it is answered', () => {
    const courseOf = (...seconds: number[]) => seconds.map((second) => [second, tick] as const);
    const levels = (course: Parameters<typeof changesOf>[0]) => changesOf(course).map(({ state, escalation = 0 }) => `${state} ${escalation}`);
    expect(levels([[0, begin('asystole')], ...courseOf(59, 60, 119, 120, 300)])).toEqual(['active 0', 'active 1', 'active 2']);
    expect(levels([[0, begin('asystole')], ...courseOf(60), [61, acknowledge], ...courseOf(120, 300)])).toEqual(['active 0', 'active 1', 'acknowledged 0']);
    expect(levels([[0, begin('asystole')], [5, finish('asystole')], ...courseOf(8, 60)])).toEqual(['active 0', 'latched 0', 'latched 1']);
    expect(levels([[0, begin('heartRateHigh')], ...courseOf(5, 300)])).toEqual(['active 0']);
  });

  it('ends what is latched on reset and leaves alone what holds', () => {
    const reset: AlarmInput = { type: 'reset' };
    expect(play([[0, begin('asystole')], [1, reset], [5, finish('asystole')], [6, reset], [8, tick], [9, begin('ventricularFibrillation')], [10, reset]])).toEqual([
      '0 asystole active high', '8 asystole latched high', '9 ventricularFibrillation active high', '10 asystole cleared high']);
  });

  it('lets a new lethal alarm sound through an audio pause, and no other', () => {
    const told = changesOf([[0, { type: 'pauseAudio' }], [1, begin('asystole')], [1, begin('heartRateHigh')], [6, tick], [7, acknowledge]]);
    expect(told.map(({ condition, state, breakthrough = false }) => `${condition} ${state} ${breakthrough}`)).toEqual([
      'asystole active true', 'heartRateHigh active false', 'asystole acknowledged false', 'heartRateHigh acknowledged false']);
  });

  it('says nothing of a group that was turned off, shows that it is off, reminds of it, and begins once it is on again', () => {
    const turn = (off: boolean): AlarmInput => ({ type: 'alarmOff', group: 'heartRate', off, reason: 'pacing test', by: { name: 'nurse', role: 'clinician' } });
    expect(play([
      [0, begin('heartRateHigh')], [5, tick], [6, turn(true)], [10, acknowledge], [20, begin('heartRateLow')], [30, tick],
      [100, begin('asystole')], [101, acknowledge], [186, tick], [190, turn(false)],
    ])).toEqual([
      '5 heartRateHigh active medium', '6 heartRateHigh cleared medium', '6 alarmsOff active low', '10 alarmsOff acknowledged low',
      '100 asystole active high', '101 asystole acknowledged high', '186 alarmsOff active low',
      '190 alarmsOff cleared low', '190 heartRateHigh active medium']);
  });

  it('turns lethal alarms off for a clinician and not for a viewer, keeps what is latched, and reminds every minute', () => {
    const turn = (role: Role): AlarmInput => ({ type: 'alarmOff', group: 'lethal', off: true, reason: 'palliative care', by: { name: 'x', role } });
    expect(play([[0, turn('viewer')], [1, begin('asystole')]])).toEqual(['1 asystole active high']);
    expect(play([[0, begin('asystole')], [1, finish('asystole')], [4, tick], [5, turn('clinician')], [6, begin('ventricularFibrillation')], [59, tick], [65, tick]]))
      .toEqual(['0 asystole active high', '4 asystole latched high', '5 alarmsOff active low', '65 asystole latched high', '65 alarmsOff active low']);
  });

  it('tells that a latched alarm came back while it was turned off, and lets it begin once it is on again', () => {
    const turn = (off: boolean): AlarmInput => ({ type: 'alarmOff', group: 'lethal', off, reason: 'moved', by: { name: 'x', role: 'clinician' } });
    const course: Course = [[0, begin('asystole')], [5, finish('asystole')], [8, tick], [9, turn(true)], [20, begin('asystole')], [21, tick], [30, turn(false)]];
    const told = changesOf(course).filter(({ condition }) => condition === 'asystole');
    expect(told.map(({ seconds, state, detectedAtMs }) => [seconds, state, detectedAtMs])).toEqual([
      [0, 'active', 0], [8, 'latched', 0], [20, 'latched', 20_000], [30, 'active', 30_000]]);
  });

  it('lowers an alarm while a finding of its policy is signalled, without asking anybody to answer it again', () => {
    const demoting = (condition: AlarmCondition): AlarmPolicy => (condition === 'heartRateHigh'
      ? { ...POLICIES.heartRateHigh, demotedBy: [{ finding: 'finding:sinus-tachycardia', to: 'low' }] } : policyOf(condition) ?? POLICIES.heartRateLow);
    const told = changesOf([[0, begin('heartRateHigh')], [5, tick], [5, acknowledge], [6, begin('finding:sinus-tachycardia')], [11, tick], [12, tick],
      [20, finish('finding:sinus-tachycardia')], [25, tick], [26, tick]], demoting).filter(({ condition }) => condition === 'heartRateHigh');
    expect(told.map(({ state, priority }) => `${state} ${priority}`)).toEqual(['active medium', 'acknowledged medium', 'acknowledged low', 'acknowledged medium']);
  });

  it('pauses the sounds of a bed for two minutes and no longer', () => {
    const paused = step(noAlarms('bed-1'), { type: 'pauseAudio' }, epochMs(1000), policyOf).state;
    expect(paused.audioPausedUntilMs).toBe(1000 + AUDIO_PAUSE_MS);
    expect(step(paused, tick, epochMs(1000 + AUDIO_PAUSE_MS - 1), policyOf).state.audioPausedUntilMs).toBeDefined();
    expect(step(paused, tick, epochMs(1000 + AUDIO_PAUSE_MS), policyOf).state.audioPausedUntilMs).toBeUndefined();
  });

  it('counts every delay, reminder and wait for an answer anew, and none longer, where the clock was set back by an hour', () => {
    const off: AlarmInput = { type: 'alarmOff', group: 'findings', off: true, reason: 'test', by: { name: 'x', role: 'clinician' } };
    expect(play([
      [7200, begin('heartRateHigh')], [7200, begin('noData')], [7200, begin('asystole')], [7200, off],
      [3600, tick], [3605, tick], [3660, tick], [3720, tick], [3780, tick],
    ]).filter((told) => !told.startsWith('7200'))).toEqual([
      '3600 alarmsOff active low', '3605 heartRateHigh active medium', '3660 noData active medium', '3660 asystole active high',
      '3720 asystole active high', '3780 alarmsOff active low']);
  });

  it('has an audio pause end two minutes after the clock was set back, at the latest', () => {
    const paused = step(noAlarms('bed-1'), { type: 'pauseAudio' }, epochMs(7_200_000), policyOf).state;
    const setBack = step(paused, tick, epochMs(3_600_000), policyOf).state;
    expect(setBack.audioPausedUntilMs).toBe(3_600_000 + AUDIO_PAUSE_MS);
    expect(step(setBack, tick, epochMs(3_600_000 + AUDIO_PAUSE_MS), policyOf).state.audioPausedUntilMs).toBeUndefined();
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

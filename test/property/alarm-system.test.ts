import { describe, expect, it } from 'vitest';
import { ALARM_GROUPS, type Alarm, type AlarmCondition } from '../../ecg/alarm.ts';
import { epochMs } from '../../ecg/units.ts';
import { isLethal, POLICIES, type AlarmPolicy } from '../../stream/alarm/policy.ts';
import { noAlarms, restored, signalled, type AlarmInput, type BedAlarms } from '../../stream/alarm/state.ts';
import { step } from '../../stream/alarm/system.ts';
import fc from '../helpers/properties.ts';

const CONDITIONS = Object.keys(POLICIES) as (keyof typeof POLICIES)[];
const FINDINGS = ['finding:a', 'finding:b'] as const;
const ALL: readonly AlarmCondition[] = [...CONDITIONS, ...FINDINGS];
const finding: AlarmPolicy = { ...POLICIES.heartRateHigh, text: 'finding', supersededBy: ['noData'] };
const policyOf = (condition: AlarmCondition): AlarmPolicy => POLICIES[condition as keyof typeof POLICIES] ?? finding;
/** A policy as wrong as can be: every alarm, the lethal ones too, is said to be lowered by a finding. */
const recklessPolicyOf = (condition: AlarmCondition): AlarmPolicy => ({ ...policyOf(condition), demotedBy: [{ finding: 'finding:a', to: 'technical' }] });
const LETHAL = CONDITIONS.filter((condition) => isLethal(POLICIES[condition]));

interface Timed {
  readonly afterMs: number;
  readonly input: AlarmInput;
}

const inputArbitrary: fc.Arbitrary<AlarmInput> = fc.oneof(
  { weight: 6, arbitrary: fc.record({
    type: fc.constant('condition' as const), condition: fc.constantFrom(...ALL.filter((condition) => condition !== 'alarmsOff')), active: fc.boolean(),
    onsetMs: fc.constant(epochMs(0)), cause: fc.constant('test'),
  }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('acknowledge' as const, 'reset' as const), condition: fc.constantFrom(...ALL) }) },
  { weight: 1, arbitrary: fc.record({
    type: fc.constant('alarmOff' as const), group: fc.constantFrom(...ALARM_GROUPS), off: fc.boolean(), reason: fc.constant('test'),
    by: fc.record({ name: fc.constant('x'), role: fc.constantFrom('viewer' as const, 'clinician' as const, 'engineer' as const) }),
  }) },
  { weight: 1, arbitrary: fc.constantFrom<AlarmInput>({ type: 'acknowledge' }, { type: 'reset' }, { type: 'pauseAudio' }, { type: 'resumeAudio' }) },
  { weight: 4, arbitrary: fc.constant<AlarmInput>({ type: 'tick' }) },
);
const courseArbitrary = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 20_000 }), input: inputArbitrary }), { maxLength: 60 });

function run(course: readonly Timed[], look: (before: BedAlarms, input: AlarmInput, now: number, after: BedAlarms, changes: readonly Alarm[]) => void, policies = policyOf): BedAlarms {
  let state = noAlarms('bed-1');
  let now = 1_700_000_000_000;
  for (const { afterMs, input } of course) {
    now += afterMs;
    const next = step(state, input, epochMs(now), policies);
    look(state, input, now, next.state, next.changes);
    state = next.state;
  }
  return state;
}

const stateOf = (alarms: BedAlarms, condition: AlarmCondition): string | undefined => alarms.held.get(condition)?.state;

describe('the alarm system, under any interleaving of inputs', () => {
  it('ends a latching alarm only by acknowledgement or reset', () => {
    fc.assert(fc.property(courseArbitrary, (course) => {
      run(course, (before, input, _now, after) => {
        for (const condition of CONDITIONS) {
          if (!POLICIES[condition].latching) continue;
          const was = stateOf(before, condition);
          if (was !== 'active' && was !== 'latched') continue;
          const acknowledged = (input.type === 'acknowledge' || (input.type === 'reset' && was === 'latched')) && (input.condition === undefined || input.condition === condition);
          if (!acknowledged) expect(['active', 'latched']).toContain(stateOf(after, condition));
        }
      });
    }), { numRuns: 1000 });
  });

  it('never changes another alarm when one is acknowledged', () => {
    fc.assert(fc.property(courseArbitrary, fc.constantFrom(...CONDITIONS), (course, condition) => {
      let now = 0;
      const state = run(course, (_before, _input, at) => (now = at));
      // Whatever time alone brings about is brought about first.
      const settled = step(state, { type: 'tick' }, epochMs(now), policyOf).state;
      const after = step(settled, { type: 'acknowledge', condition }, epochMs(now), policyOf).state;
      for (const other of ALL) if (other !== condition) expect(stateOf(after, other)).toBe(stateOf(settled, other));
    }), { numRuns: 500 });
  });

  it('never changes an alarm that was detected later than what the person who acknowledges had been shown', () => {
    fc.assert(fc.property(courseArbitrary, fc.integer({ min: 0, max: 1_200_000 }), (course, seen) => {
      let now = 0;
      const state = run(course, (_before, _input, at) => (now = at));
      const settled = step(state, { type: 'tick' }, epochMs(now), policyOf).state;
      const after = step(settled, { type: 'acknowledge', seenUpToMs: epochMs(seen) }, epochMs(now), policyOf).state;
      for (const [condition, { state: was, detectedAtMs }] of settled.held) {
        if (detectedAtMs > seen) expect(stateOf(after, condition)).toBe(was);
        else if (was === 'active' || was === 'latched') expect(stateOf(after, condition)).not.toBe(was);
      }
    }), { numRuns: 500 });
  });

  it('reports every change of what is signalled, and only changes', () => {
    fc.assert(fc.property(courseArbitrary, (course) => {
      const reported = new Map<AlarmCondition, Alarm>();
      const last = run(course, (before, _input, _now, _after, changes) => {
        for (const change of changes) {
          const known = before.held.get(change.condition);
          const same = change.state === known?.state && change.priority === known.priority && change.detectedAtMs === known.detectedAtMs;
          expect(same && (change.escalation ?? 0) === known!.escalation).toBe(false);
          if (change.state === 'cleared') reported.delete(change.condition);
          else reported.set(change.condition, change);
        }
      });
      const told = ({ condition, state, priority, onsetMs, detectedAtMs, escalation }: Alarm): unknown => ({ condition, state, priority, onsetMs, detectedAtMs, escalation });
      const byName = (alarms: Iterable<Alarm>): unknown => [...alarms].toSorted((a, b) => (a.condition < b.condition ? -1 : 1)).map(told);
      expect(byName(signalled(last))).toEqual(byName(reported.values()));
    }), { numRuns: 500 });
  });

  it('signals a lethal condition in the very step that brings it', () => {
    fc.assert(fc.property(courseArbitrary, fc.constantFrom('asystole', 'ventricularFibrillation', 'ventricularTachycardia'), (course, condition) => {
      let now = 0;
      const state = { ...run(course, (_before, _input, at) => (now = at)), off: new Map() };
      const { state: after } = step(state, { type: 'condition', condition, active: true, onsetMs: epochMs(now), cause: 'test' }, epochMs(now), policyOf);
      expect(stateOf(after, condition)).toMatch(/active|acknowledged/);
    }), { numRuns: 500 });
  });

  it('signals every lethal condition that holds once alarms are on, whatever was turned off, answered or reset before', () => {
    const lethal = ['asystole', 'ventricularFibrillation', 'ventricularTachycardia'] as const; // nothing supersedes these
    // One condition, so that it comes back while latched and turned off.
    const courses = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 6000 }), input: fc.oneof(
      fc.record({ type: fc.constant('condition' as const), condition: fc.constant(lethal[0]), active: fc.boolean(), onsetMs: fc.constant(epochMs(0)), cause: fc.constant('test') }),
      fc.record({ type: fc.constant('alarmOff' as const), group: fc.constant('lethal' as const), off: fc.boolean(), reason: fc.constant('test'),
        by: fc.constant({ name: 'x', role: 'clinician' as const }) }),
      fc.constantFrom<AlarmInput>({ type: 'tick' }, { type: 'acknowledge' }, { type: 'reset' }),
    ) }), { minLength: 6, maxLength: 40 });
    fc.assert(fc.property(fc.oneof(courses, courseArbitrary), (course) => {
      const holds = new Map<AlarmCondition, boolean>();
      let now = 0;
      const last = run(course, (_before, input, at) => {
        now = at;
        if (input.type === 'condition') holds.set(input.condition, input.active);
      });
      const on = ALARM_GROUPS.reduce((state, group) => (
        step(state, { type: 'alarmOff', group, off: false, reason: 'test', by: { name: 'x', role: 'clinician' } }, epochMs(now), policyOf).state), last);
      for (const condition of lethal) if (holds.get(condition)) expect(stateOf(on, condition)).toMatch(/active|acknowledged/);
    }), { numRuns: 2000 });
  });

  it('never lets an alarm begin and end faster than its release delay', () => {
    fc.assert(fc.property(courseArbitrary, (course) => {
      const begun = new Map<AlarmCondition, number>();
      run(course, (before, input, now, _after, changes) => {
        for (const { condition, state } of changes) {
          const was = stateOf(before, condition);
          if (state === 'active' && was === undefined) begun.set(condition, now);
          if (state === 'latched' || (state === 'cleared' && input.type !== 'acknowledge' && input.type !== 'reset' && input.type !== 'alarmOff')) {
            expect(now - begun.get(condition)!).toBeGreaterThanOrEqual(policyOf(condition).releaseDelayMs);
          }
        }
      });
    }), { numRuns: 500 });
  });

  it('never begins an alarm twice within its dwell, unless a person did something in between', () => {
    fc.assert(fc.property(courseArbitrary, (course) => {
      const begun = new Map<AlarmCondition, number>();
      run(course, (before, input, now, _after, changes) => {
        if (input.type !== 'tick' && input.type !== 'condition') begun.clear();
        for (const { condition, state } of changes) {
          if (state !== 'active' || stateOf(before, condition) !== undefined) continue;
          const { onsetDelayMs, releaseDelayMs } = policyOf(condition);
          if (begun.has(condition)) expect(now - begun.get(condition)!).toBeGreaterThanOrEqual(onsetDelayMs + releaseDelayMs);
          begun.set(condition, now);
        }
      });
    }), { numRuns: 500 });
  });

  it('is never weaker with a lethal alarm for holding unanswered ones: what would sound without the hold sounds, unless a person answered it', () => {
    const withoutHold = (condition: AlarmCondition): AlarmPolicy => ({ ...policyOf(condition), unansweredHoldMs: policyOf(condition).releaseDelayMs });
    // Few conditions, so that they come back often.
    const courses = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 6000 }), input: fc.oneof(
      fc.record({ type: fc.constant('condition' as const), condition: fc.constantFrom('extremeBradycardia' as const, 'asystole' as const), active: fc.boolean(),
        onsetMs: fc.constant(epochMs(0)), cause: fc.constant('test') }),
      fc.constantFrom<AlarmInput>({ type: 'tick' }, { type: 'acknowledge' }, { type: 'reset' }, { type: 'pauseAudio' }, { type: 'resumeAudio' }),
    ) }), { maxLength: 40 });
    const statesOf = (course: readonly Timed[], policies: typeof policyOf): (BedAlarms['held'])[] => {
      const states: (BedAlarms['held'])[] = [];
      run(course, (_before, _input, _now, after) => states.push(after.held), policies);
      return states;
    };
    fc.assert(fc.property(fc.oneof(courses, courseArbitrary), (course) => {
      const held = statesOf(course, policyOf);
      const plain = statesOf(course, withoutHold);
      // What a person answered, or paused, in sight of an alarm that only the hold showed.
      const answered = new Set<AlarmCondition>();
      course.forEach(({ input }, i) => {
        for (const condition of LETHAL) {
          const answers = input.type === 'acknowledge' || input.type === 'pauseAudio';
          if (answers && held[i - 1]?.get(condition)?.state !== undefined && plain[i - 1]!.get(condition)?.state === undefined) answered.add(condition);
          if (!held[i]!.has(condition) && !plain[i]!.has(condition)) answered.delete(condition); // both are over it
          const without = plain[i]!.get(condition);
          if (without?.state !== 'active' || answered.has(condition)) continue;
          // One held on from an audio pause that is over still breaks through: more, not less.
          expect(held[i]!.get(condition)).toMatchObject({ state: 'active', present: without.present, priority: without.priority, ...(without.breakthrough && { breakthrough: true }) });
          expect(held[i]!.get(condition)!.escalation).toBeGreaterThanOrEqual(without.escalation);
        }
      });
    }), { numRuns: 2000 });
  });

  it('lets no finding hold back, lower or end a lethal alarm, even under a table that says so', () => {
    const withoutFindings = (course: readonly Timed[]): Timed[] => course.map(({ afterMs, input }) => (
      { afterMs, input: input.type === 'condition' && input.condition.startsWith('finding:') ? { type: 'tick' } : input }));
    const lethalOf = (course: readonly Timed[]): unknown[] => {
      const told: unknown[] = [];
      run(course, (_before, _input, now, _after, changes) => {
        for (const { condition, state, priority, escalation } of changes) {
          if (LETHAL.includes(condition as (typeof LETHAL)[number])) told.push([now, condition, state, priority, escalation]);
        }
      }, recklessPolicyOf);
      return told;
    };
    fc.assert(fc.property(courseArbitrary, (course) => {
      expect(lethalOf(course)).toEqual(lethalOf(withoutFindings(course)));
    }), { numRuns: 1000 });
  });

  it('has alarms off always on show, and lethal ones off only by a clinician or an engineer', () => {
    fc.assert(fc.property(courseArbitrary, (course) => {
      run(course, (_before, _input, _now, after) => {
        expect(after.off.size > 0).toBe(stateOf(after, 'alarmsOff') !== undefined);
        expect(after.off.get('lethal')?.by.role).not.toBe('viewer');
      });
    }), { numRuns: 500 });
  });

  it('restores from its own reports what was signalled, with nothing taken to hold', () => {
    fc.assert(fc.property(courseArbitrary, (course) => {
      const newest = new Map<AlarmCondition, Alarm>();
      const last = run(course, (_before, _input, _now, _after, changes) => changes.forEach((change) => newest.set(change.condition, change)));
      const back = [...newest.values()].reduce((state, alarm) => restored(state, alarm, epochMs(0)), noAlarms('bed-1'));
      expect(signalled(back).map(({ condition, state }) => [condition, state]).sort()).toEqual(signalled(last).map(({ condition, state }) => [condition, state]).sort());
      expect([...back.held.values()].every((entry) => !entry.present)).toBe(true);
    }), { numRuns: 300 });
  });
});

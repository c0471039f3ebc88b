/** The ledger on a real disk, read back: the same beds, whatever happened and in whatever order. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ALARM_GROUPS } from '../../ecg/alarm.ts';
import { ManualClock } from '../../ecg/clock.ts';
import { DISPLAY_BAND_NAMES } from '../../ecg/dsp/display-band.ts';
import { epochMs, ms } from '../../ecg/units.ts';
import { AlarmDesk } from '../../stream/alarm/desk.ts';
import { isCommand, type CarriedOut, type LedgerLine } from '../../stream/alarm/entries.ts';
import { KeptLines } from '../../stream/alarm/kept.ts';
import { openLedger } from '../../stream/alarm/ledger.ts';
import { changedLimits, DEFAULT_LIMITS } from '../../stream/alarm/limits.ts';
import { POLICIES } from '../../stream/alarm/policy.ts';
import { replayLedger, type ReplayedBed } from '../../stream/alarm/replay.ts';
import { noAlarms, type AlarmInput } from '../../stream/alarm/state.ts';
import fc from '../helpers/properties.ts';

const CONDITIONS = (Object.keys(POLICIES) as (keyof typeof POLICIES)[]).filter((condition) => condition !== 'alarmsOff');
const BEDS = ['bed-1', 'bed-2'];
const nothing = (bed: string): ReplayedBed => ({ alarms: noAlarms(bed), limits: undefined, band: undefined });

const input: fc.Arbitrary<AlarmInput> = fc.record({
  type: fc.constant('condition' as const), condition: fc.constantFrom(...CONDITIONS), active: fc.boolean(), onsetMs: fc.constant(epochMs(0)), cause: fc.constant('test'),
});
const command: fc.Arbitrary<CarriedOut> = fc.oneof(
  fc.record({ type: fc.constantFrom('acknowledge' as const, 'reset' as const), condition: fc.constantFrom(...CONDITIONS) }),
  fc.record({ type: fc.constantFrom('acknowledge' as const, 'pauseAudio' as const, 'resumeAudio' as const) }),
  fc.record({ type: fc.constant('alarmOff' as const), group: fc.constantFrom(...ALARM_GROUPS), off: fc.boolean() }),
  fc.record({ type: fc.constant('setBand' as const), band: fc.constantFrom(...DISPLAY_BAND_NAMES) }),
  fc.integer({ min: 90, max: 130 }).map((heartRateHighBpm) => (
    { type: 'setLimits' as const, limits: changedLimits(DEFAULT_LIMITS, { rhythm: { heartRateHighBpm } }, [], 'test') })),
);
const course = fc.array(fc.record({
  bed: fc.constantFrom(...BEDS), afterMs: fc.integer({ min: 1, max: 20_000 }), what: fc.oneof({ weight: 3, arbitrary: input }, command),
}), { maxLength: 40 });

it('means the same when only what still matters of it is kept, in whatever order commands were stored', () => {
  const line = fc.oneof(
    { weight: 3, arbitrary: fc.record({ bed: fc.constantFrom(...BEDS), condition: fc.constantFrom(...CONDITIONS.slice(0, 4)),
      state: fc.constantFrom('active' as const, 'acknowledged' as const, 'latched' as const, 'cleared' as const) }) },
    fc.record({ bed: fc.constantFrom(...BEDS), command }),
  );
  fc.assert(fc.property(fc.array(line, { maxLength: 60 }), fc.func(fc.nat()), (events, shuffle) => {
    const seqs = new Map<string, number>();
    let number = 0;
    const lines = events.map((event, i): LedgerLine => {
      if ('command' in event) return { ...event, epoch: 1, number: ++number, atMs: epochMs(i), by: { name: 'nurse', role: 'clinician' }, reason: 'because' };
      const seq = (seqs.get(event.bed) ?? 0) + 1;
      seqs.set(event.bed, seq);
      return { ...event, epoch: 1, seq, priority: 'high', onsetMs: epochMs(i), detectedAtMs: epochMs(i), cause: 'test' };
    });
    const now = epochMs(100_000);
    const whole = replayLedger(lines, now);
    const kept = new KeptLines(3);
    for (const one of lines.toSorted((a, b) => shuffle(a) - shuffle(b))) if (isCommand(one)) kept.add(one);
    for (const one of lines) if (!isCommand(one)) kept.add(one);
    // A bed of which nothing is kept holds nothing.
    for (const bed of BEDS) {
      expect(replayLedger(kept.lines(), now).get(bed) ?? nothing(bed)).toEqual(whole.get(bed) ?? nothing(bed));
    }
  }), { numRuns: 500 });
});

it('gives after a restart the same alarms, pauses, groups turned off, limits and display bands as before it', async () => {
  await fc.assert(fc.asyncProperty(course, async (events) => {
    const directory = await mkdtemp(join(tmpdir(), 'leadwatch-replay-'));
    const clock = new ManualClock(epochMs(1_700_000_000_000));
    const open = async () => {
      const ledger = await openLedger(directory, clock, () => undefined);
      return { ledger, desk: new AlarmDesk({ ledger, clock, policyOf: (condition) => POLICIES[condition as keyof typeof POLICIES], warn: () => undefined }) };
    };
    const seen = (desk: AlarmDesk): unknown => BEDS.map((bed) => ({
      bed, off: desk.offAt(bed), limits: desk.limitsOf(bed), band: desk.bandOf(bed), pausedUntilMs: desk.audioPausedUntilMs(bed),
      alarms: desk.alarmsOf(bed).toSorted((a, b) => (a.condition < b.condition ? -1 : 1)),
    }));
    try {
      const before = await open();
      for (const { bed, afterMs, what } of events) {
        clock.advance(ms(afterMs));
        if (what.type === 'condition' || what.type === 'tick') before.desk.apply(bed, what);
        else before.desk.command(bed, what as CarriedOut, { name: 'nurse', role: 'clinician' }, 'because');
      }
      const was = seen(before.desk);
      before.desk.close();
      await before.ledger.close();
      const after = await open();
      expect(seen(after.desk)).toEqual(was);
      expect(after.ledger.epoch).toBe(before.ledger.epoch);
      after.desk.close();
      await after.ledger.close();
    } finally {
      await rm(directory, { recursive: true });
    }
  }), { numRuns: 60 });
});

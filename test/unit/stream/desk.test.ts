import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ManualClock } from '../../../ecg/clock.ts';
import { EcgError } from '../../../ecg/errors.ts';
import { epochMs, ms } from '../../../ecg/units.ts';
import { AlarmDesk, DURABILITY_WAIT, type DeliveredAlarm } from '../../../stream/alarm/desk.ts';
import { isChange, type CommandEntry, type LedgerLine } from '../../../stream/alarm/entries.ts';
import { RESUME_BOUND } from '../../../stream/alarm/kept.ts';
import { openLedger, type Ledger, type LedgerEntry } from '../../../stream/alarm/ledger.ts';
import { parseLedger } from '../../../stream/alarm/ledger-reader.ts';
import { DEFAULT_LIMITS } from '../../../stream/alarm/limits.ts';
import { POLICIES } from '../../../stream/alarm/policy.ts';
import type { AlarmInput } from '../../../stream/alarm/state.ts';

/** A ledger whose disk answers when, and how, the test says. */
class HeldLedger implements Ledger {
  readonly epoch = 7;
  readonly restored: readonly LedgerLine[];
  readonly waiting: { entry: LedgerEntry; resolve: () => void; reject: (error: Error) => void }[] = [];
  constructor(restored: readonly LedgerLine[] = []) {
    this.restored = restored;
  }
  append(entry: LedgerEntry): Promise<void> {
    return new Promise((resolve, reject) => void this.waiting.push({ entry, resolve, reject }));
  }
  close = (): Promise<void> => Promise.resolve();
}

function deskOn(ledger: Ledger) {
  const clock = new ManualClock(epochMs(1000));
  const warnings: string[] = [];
  const desk = new AlarmDesk({ ledger, clock, policyOf: (condition) => POLICIES[condition as keyof typeof POLICIES], warn: (line) => warnings.push(line) });
  const delivered: DeliveredAlarm[] = [];
  desk.delivered$.subscribe((alarm) => delivered.push(alarm));
  return { desk, clock, delivered, warnings };
}
const asystole: AlarmInput = { type: 'condition', condition: 'asystole', active: true, onsetMs: epochMs(500), cause: 'no QRS for 4.0 s' };
const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

describe('the alarm desk', () => {
  it('sends an alarm once the ledger has it, marked durable', async () => {
    const ledger = new HeldLedger();
    const { desk, delivered } = deskOn(ledger);
    desk.apply('bed-1', asystole);
    await settle();
    expect(delivered).toEqual([]);
    ledger.waiting[0]!.resolve();
    await settle();
    expect(delivered).toMatchObject([{ bed: 'bed-1', epoch: 7, seq: 1, condition: 'asystole', durable: true }]);
  });

  it('never withholds an asystole from a disk that hangs: it goes out after 200 ms, marked not durable', async () => {
    const { desk, clock, delivered } = deskOn(new HeldLedger());
    desk.apply('bed-1', asystole);
    clock.advance(ms(DURABILITY_WAIT - 1));
    await settle();
    expect(delivered).toEqual([]);
    clock.advance(ms(1));
    await settle();
    expect(delivered).toMatchObject([{ condition: 'asystole', durable: false }]);
    expect(desk.counters.notDurable).toBe(1);
  });

  it('sends at once, says so and tries again when the disk refuses', async () => {
    const ledger = new HeldLedger();
    const { desk, clock, delivered } = deskOn(ledger);
    desk.apply('bed-1', asystole);
    ledger.waiting[0]!.reject(new EcgError('LEDGER_WRITE', 'no space left'));
    await settle();
    clock.advance(ms(DURABILITY_WAIT));
    await settle();
    expect(delivered.map(({ condition, durable }) => [condition, durable])).toContainEqual(['asystole', false]);
    expect(desk.alarmsOf('bed-1').map(({ condition }) => condition)).toContain('alarmNotStored');
    clock.advance(ms(5000));
    await settle();
    expect(ledger.waiting.filter(({ entry }) => entry.seq === 1)).toHaveLength(2);
  });

  it('on a full disk sends an asystole all the same, says that it is not stored, and stores everything once there is room', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'leadwatch-full-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    let full = true;
    const ledger = await openLedger(directory, new ManualClock(epochMs(1_700_000_000_000)), () => undefined, async (path) => {
      const real = await open(path, 'a');
      return {
        write: ((bytes: Buffer) => (full ? Promise.reject(new Error('ENOSPC: no space left on device')) : real.write(bytes))) as typeof real.write,
        datasync: () => real.datasync(), truncate: (length) => real.truncate(length), close: () => real.close(),
      };
    });
    const { desk, clock, delivered } = deskOn(ledger);
    desk.apply('bed-1', asystole);
    await vi.waitFor(() => expect(delivered).toMatchObject([
      { condition: 'asystole', seq: 1, durable: false }, { condition: 'alarmNotStored', seq: 2, durable: false, cause: expect.stringContaining('ENOSPC') }]));
    full = false;
    clock.advance(ms(5000));
    await vi.waitFor(() => expect(delivered.at(-1)).toMatchObject({ condition: 'alarmNotStored', state: 'cleared', durable: true }));
    expect(desk.counters).toEqual({ notDurable: 2, lost: 0, waiting: 0 });
    desk.close();
    await ledger.close();
    const { entries } = parseLedger(await readFile(join(directory, 'alarms.jsonl')), 'test');
    expect(entries.filter(isChange).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('says that the server\'s clock stands still, and that it goes again', async () => {
    const clock = new ManualClock(epochMs(1_700_000_000_000));
    let stopped = false;
    const stuck = { after: clock.after.bind(clock), every: clock.every.bind(clock), now: () => (stopped ? epochMs(1_700_000_000_000) : clock.now()) };
    const desk = new AlarmDesk({ ledger: new HeldLedger(), clock: stuck, policyOf: (condition) => POLICIES[condition as keyof typeof POLICIES], warn: () => undefined });
    desk.apply('bed-1', asystole);
    const conditions = () => desk.alarmsOf('bed-1').map(({ condition }) => condition);
    stopped = true;
    clock.advance(ms(2000));
    expect(conditions()).toEqual(['asystole']);
    clock.advance(ms(1000));
    expect(conditions()).toEqual(['asystole', 'serverClockStopped']);
    stopped = false;
    clock.advance(ms(3000));
    expect(conditions()).toEqual(['asystole']);
  });

  it('keeps the changes of a bed in order when the disk answers out of order', async () => {
    const ledger = new HeldLedger();
    const { desk, clock, delivered } = deskOn(ledger);
    desk.apply('bed-1', asystole);
    clock.advance(ms(50));
    desk.apply('bed-1', { type: 'acknowledge' });
    ledger.waiting[1]!.resolve();
    await settle();
    expect(delivered).toEqual([]);
    ledger.waiting[0]!.resolve();
    await settle();
    expect(delivered.map(({ seq, state }) => [seq, state])).toEqual([[1, 'active'], [2, 'acknowledged']]);
  });

  it('shows after a restart what nobody had acknowledged, and goes on counting', async () => {
    const before: LedgerEntry = { bed: 'bed-1', condition: 'asystole', priority: 'high', state: 'active', onsetMs: epochMs(1), detectedAtMs: epochMs(2), cause: 'x', epoch: 7, seq: 41 };
    const ledger = new HeldLedger([before]);
    const { desk, clock } = deskOn(ledger);
    clock.advance(ms(5000));
    expect(desk.alarmsOf('bed-1')).toMatchObject([{ condition: 'asystole', state: 'latched' }]);
    expect(ledger.waiting.map(({ entry }) => entry.seq)).toEqual([42]);
    expect(desk.since('bed-1', 7, 40).map(({ seq }) => seq)).toEqual([41]);
  });

  it('goes on saying after a restart that a bed has no data, answered or not, until data come', () => {
    const silent = (bed: string, state: 'active' | 'acknowledged'): LedgerEntry => (
      { bed, condition: 'noData', priority: 'high', state, onsetMs: epochMs(1), detectedAtMs: epochMs(2), cause: 'no sample for 2.0 s', epoch: 7, seq: 1 });
    const { desk, clock } = deskOn(new HeldLedger([silent('bed-1', 'active'), silent('bed-2', 'acknowledged')]));
    clock.advance(ms(600_000));
    expect(desk.alarmsOf('bed-1')).toMatchObject([{ condition: 'noData', state: 'active', priority: 'high' }]);
    expect(desk.alarmsOf('bed-2')).toMatchObject([{ condition: 'noData', state: 'acknowledged', priority: 'high' }]);
    for (const bed of ['bed-1', 'bed-2']) {
      desk.apply(bed, { type: 'condition', condition: 'noData', active: false, onsetMs: epochMs(3), cause: '' });
      expect(desk.alarmsOf(bed)).toEqual([]);
    }
  });

  it('has after a restart what people did last, although the disk had refused it and took it later than what came before', async () => {
    const ledger = new HeldLedger();
    const { desk, clock } = deskOn(ledger);
    const nurse = { name: 'nurse', role: 'clinician' } as const;
    const limitsOf = (heartRateHighBpm: number) => ({ ...DEFAULT_LIMITS, rhythm: { ...DEFAULT_LIMITS.rhythm, heartRateHighBpm } });
    desk.command('bed-1', { type: 'setLimits', limits: limitsOf(130) }, nurse, 'first');
    desk.command('bed-1', { type: 'alarmOff', group: 'lethal', off: true }, nurse, 'first');
    clock.advance(ms(10));
    desk.command('bed-1', { type: 'setLimits', limits: limitsOf(110) }, nurse, 'then');
    desk.command('bed-1', { type: 'alarmOff', group: 'lethal', off: false }, nurse, 'then');
    const commands = ledger.waiting.map(({ entry }) => entry as unknown as CommandEntry).filter((entry) => 'command' in entry);
    // The disk refused the first two and took them when they were tried again.
    const again = deskOn(new HeldLedger([...commands.filter(({ reason }) => reason === 'then'), ...commands.filter(({ reason }) => reason === 'first')])).desk;
    expect(again.limitsOf('bed-1').rhythm.heartRateHighBpm).toBe(110);
    expect(again.offAt('bed-1')).toEqual([]);
  });

  it('shows after a restart that alarms are off, although its record was lost and only the command was stored', () => {
    const command: CommandEntry = { bed: 'bed-1', epoch: 6, number: 1, atMs: epochMs(1), by: { name: 'nurse', role: 'clinician' }, reason: 'palliative care',
      command: { type: 'alarmOff', group: 'lethal', off: true } };
    const { desk, clock } = deskOn(new HeldLedger([command]));
    clock.advance(ms(250));
    expect(desk.offAt('bed-1').map(({ group }) => group)).toEqual(['lethal']);
    expect(desk.alarmsOf('bed-1')).toMatchObject([{ condition: 'alarmsOff', state: 'active', cause: 'lethal off by nurse: palliative care' }]);
  });

  it('keeps what is on screen for sending however much came after it, and says of a position before what it left out that changes were missed', async () => {
    const old = (seq: number): LedgerEntry => (
      { bed: 'bed-1', condition: 'heartRateHigh', priority: 'medium', state: 'cleared', onsetMs: epochMs(1), detectedAtMs: epochMs(2), cause: 'x', epoch: 6, seq });
    const ledger = new HeldLedger([old(1), old(2), old(3)]);
    const { desk, clock } = deskOn(ledger);
    desk.apply('bed-1', asystole);
    for (let i = 0; i < 2 * RESUME_BOUND; i++) {
      desk.apply('bed-1', { type: 'condition', condition: 'noData', active: i % 2 === 0, onsetMs: epochMs(500), cause: 'test' });
    }
    clock.advance(ms(DURABILITY_WAIT));
    for (let i = 0; i < 4 * RESUME_BOUND; i++) await settle();
    const known = desk.since('bed-1', 0, 0);
    expect(known.at(-1)?.seq).toBe(2 * RESUME_BOUND + 1);
    expect(known.length).toBeLessThan(1.3 * RESUME_BOUND);
    expect(known[0]).toMatchObject({ condition: 'asystole', seq: 1 });
    expect(desk.hasForgotten('bed-1', 6, 1)).toBe(true);
    expect(desk.hasForgotten('bed-1', 7, 1)).toBe(true);
    expect(desk.hasForgotten('bed-1', 99, 1)).toBe(true); // of no ledger known here
    expect(desk.hasForgotten('bed-1', 7, 2 * RESUME_BOUND)).toBe(false);
  });
});

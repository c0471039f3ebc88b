import { describe, expect, it } from 'vitest';
import { Playout } from '../../../dashboard/client/trace/playout.ts';
import { ManualClock } from '../../../ecg/clock.ts';
import { epochMs, hz, ms } from '../../../ecg/units.ts';

const FS = 250;

function start(): { clock: ManualClock; playout: Playout } {
  const clock = new ManualClock(epochMs(1_000_000));
  return { clock, playout: new Playout(clock, hz(FS), clock.now()) };
}

/** Sends 25 samples each 100 ms, as the server does, for `seconds`; returns the sample index reached. */
function stream(clock: ManualClock, playout: Playout, seconds: number, from = 0, samplesPerMessage = 25): number {
  let index = from;
  for (let i = 0; i < seconds * 10; i++) {
    clock.advance(ms(100));
    playout.place(1, index, samplesPerMessage);
    index += samplesPerMessage;
  }
  return index;
}

describe('Playout', () => {
  it('moves its playhead with the clock, with data and without', () => {
    const { clock, playout } = start();
    stream(clock, playout, 5);
    const before = playout.playhead;
    clock.advance(ms(3000));
    expect(playout.playhead - before).toBeCloseTo(3 * FS, 6);
  });

  it('draws samples 0.5 s after they arrive', () => {
    const { clock, playout } = start();
    clock.advance(ms(100));
    const first = playout.place(1, 70_000, 25);
    expect((first + 25 - playout.playhead) / FS).toBeCloseTo(0.5, 2);
  });

  it('keeps the distance between samples that of their indices, whenever they arrive', () => {
    const { clock, playout } = start();
    const a = playout.place(1, 0, 25);
    clock.advance(ms(730));
    const b = playout.place(1, 25, 25);
    clock.advance(ms(1));
    const c = playout.place(1, 50, 25);
    expect([b - a, c - b]).toEqual([25, 25]);
  });

  it('leaves a gap of the missing samples where an index is jumped over in real time', () => {
    const { clock, playout } = start();
    const before = playout.place(1, 0, 25);
    clock.advance(ms(10_000));
    expect(playout.place(1, 2500, 25) - before).toBe(2500);
  });

  it('breaks the trace and goes on at the playhead when a feed was paused without counting', () => {
    const { clock, playout } = start();
    const index = stream(clock, playout, 2);
    clock.advance(ms(20_000));
    const resumed = stream(clock, playout, 2, index);
    clock.advance(ms(100));
    const at = playout.place(1, resumed, 25);
    expect((at + 25 - playout.playhead) / FS).toBeCloseTo(0.5, 1);
    expect(playout.floor).toBeGreaterThan(0);
  });

  it('begins anew, after a visible break, with a new epoch', () => {
    const { clock, playout } = start();
    const index = stream(clock, playout, 2);
    const end = playout.displayIndex(index)!;
    clock.advance(ms(100));
    const at = playout.place(2, 0, 25);
    expect((at + 25 - playout.playhead) / FS).toBeCloseTo(0.5, 1);
    expect(playout.floor).toBeGreaterThan(end);
  });

  it('does not wait for an index that was set ahead of time', () => {
    const { clock, playout } = start();
    stream(clock, playout, 2);
    const at = playout.place(1, 1_000_000, 25);
    expect((at + 25 - playout.playhead) / FS).toBeCloseTo(0.5, 1);
  });

  it('takes a backlog of ten seconds as history that ends now', () => {
    const { playout } = start();
    const at = playout.place(1, 0, 10 * FS);
    expect((at + 10 * FS - playout.playhead) / FS).toBeCloseTo(0.5, 2);
  });

  it('follows a crystal 200 ppm fast for two hours without a break, at a pace nobody sees', () => {
    const { clock, playout } = start();
    let index = 0;
    let widest = 0;
    let fastest = 0;
    for (let i = 0; i < 7200 * 10; i++) {
      clock.advance(ms(100));
      const due = Math.round(((i + 1) / 10) * FS * 1.0002);
      const at = playout.place(1, index, due - index);
      index = due;
      const last = playout.displayIndex(index)!;
      widest = Math.max(widest, Math.abs((last - playout.playhead) / FS - 0.5));
      fastest = Math.max(fastest, Math.abs(playout.pace - 1));
      expect(at).toBeLessThan(last);
    }
    expect(widest).toBeLessThan(0.2);
    expect(fastest).toBeLessThanOrEqual(0.005);
    expect(playout.floor).toBe(-Infinity);
  });

  it('catches up at once, by index, when held messages arrive in a burst', () => {
    const { clock, playout } = start();
    const index = stream(clock, playout, 2);
    const before = playout.displayIndex(index)!;
    clock.advance(ms(30_000));
    for (let i = 0; i < 300; i++) playout.place(1, index + i * 25, 25);
    expect(playout.displayIndex(index)).toBe(before);
    expect((playout.displayIndex(index + 300 * 25)! - playout.playhead) / FS).toBeCloseTo(0.5, 1);
  });
});

import { describe, expect, it } from 'vitest';
import { BedTrace } from '../../../dashboard/client/trace/bed-trace.ts';
import { StillTrace } from '../../../dashboard/client/trace/still-trace.ts';
import { ManualClock } from '../../../ecg/clock.ts';
import { ms } from '../../../ecg/units.ts';

const FS = 250;

function fed(clock: ManualClock): { trace: BedTrace; feed: (seconds: number) => void } {
  const trace = new BedTrace(clock, FS, clock.now());
  let sent = 0;
  return {
    trace,
    feed: (seconds) => {
      for (let i = 0; i < seconds * 10; i++) {
        clock.advance(ms(100));
        trace.write({ slot: 0, lead: 0, epoch: 1, startIndex: sent, samplesUv: Float32Array.from({ length: FS / 10 }, (_, at) => sent + at) });
        sent += FS / 10;
      }
    },
  };
}

describe('leads held still', () => {
  it('stay as they were while the bed goes on, for longer than the bed remembers', () => {
    const clock = new ManualClock();
    const { trace, feed } = fed(clock);
    feed(20);
    const still = new StillTrace(trace, 1);
    const { playhead } = still;
    const before = Array.from({ length: 5 * FS }, (_, i) => still.ring(0).at(Math.floor(playhead) - i));
    expect(before.every((value) => !Number.isNaN(value))).toBe(true);
    feed(600);
    expect(still.playhead).toBe(playhead);
    expect(Array.from({ length: 5 * FS }, (_, i) => still.ring(0).at(Math.floor(playhead) - i))).toEqual(before);
    expect(trace.playhead).toBeGreaterThan(playhead + 599 * FS);
  });

  it('move back and ahead, never beyond their own moment nor further back than a minute', () => {
    const clock = new ManualClock();
    const { trace, feed } = fed(clock);
    feed(5);
    const still = new StillTrace(trace, 1);
    const moment = still.playhead;
    still.move(2);
    expect(still.playhead).toBe(moment - 2 * FS);
    still.move(-10);
    expect(still.playhead).toBe(moment);
    still.move(1000);
    expect(still.backS).toBe(60);
  });
});

import { describe, expect, it } from 'vitest';
import { BURSTS, burstLengthMs, PARTIALS } from '../../../dashboard/client/audio/patterns.ts';

const gaps = (priority: keyof typeof BURSTS): number[] =>
  BURSTS[priority].pulses.slice(1).map((pulse, i) => {
    const before = BURSTS[priority].pulses[i]!;
    return pulse.atMs - before.atMs - before.durationMs;
  });

// Ranges of IEC 60601-1-8, tables 3 and 4.
describe('auditory alarm signals', () => {
  it('have ten pulses for high priority, three for medium, two for low and technical', () => {
    expect(Object.fromEntries(Object.entries(BURSTS).map(([priority, { pulses }]) => [priority, pulses.length])))
      .toEqual({ high: 10, medium: 3, low: 2, technical: 2 });
  });

  it('keep the pulses of high priority in their ranges, in two groups of three and two', () => {
    for (const { durationMs } of BURSTS.high.pulses) expect(durationMs).toSatisfy((value: number) => value >= 75 && value <= 200);
    const [a, b, wide, c, between, ...second] = gaps('high');
    for (const gap of [a!, b!, c!]) expect(gap).toSatisfy((value: number) => value >= 50 && value <= 125);
    expect(wide).toBe(2 * a! + BURSTS.high.pulses[0]!.durationMs);
    expect(between).toSatisfy((value: number) => value >= 350 && value <= 1300);
    expect(second).toEqual([a, b, wide, c]);
  });

  it('keep the pulses of medium and low priority in their ranges', () => {
    for (const priority of ['medium', 'low'] as const) {
      for (const { durationMs } of BURSTS[priority].pulses) expect(durationMs).toSatisfy((value: number) => value >= 125 && value <= 250);
      for (const gap of gaps(priority)) expect(gap).toSatisfy((value: number) => value >= 125 && value <= 250);
    }
  });

  it('repeat within the times allowed', () => {
    expect(BURSTS.high.pauseMs).toSatisfy((value: number) => value >= 2500 && value <= 15_000);
    expect(BURSTS.medium.pauseMs).toSatisfy((value: number) => value >= 2500 && value <= 30_000);
    expect(BURSTS.low.pauseMs).toBeGreaterThanOrEqual(15_000);
    expect(burstLengthMs(BURSTS.medium)).toBe(1000);
  });

  it('have their fundamental in 150-1000 Hz and at least four harmonics in 300-4000 Hz', () => {
    for (const { frequencyHz } of Object.values(BURSTS).flatMap(({ pulses }) => pulses)) {
      expect(frequencyHz).toSatisfy((value: number) => value >= 150 && value <= 1000);
      const harmonics = PARTIALS.map((_, n) => n * frequencyHz).filter((f, n) => PARTIALS[n]! > 0 && f >= 300 && f <= 4000);
      expect(harmonics.length).toBeGreaterThanOrEqual(4);
    }
  });
});

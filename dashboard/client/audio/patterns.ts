/**
 * Auditory alarm signals after IEC 60601-1-8 (tables 3 and 4): bursts of pulses, ten for high priority (3-2, 3-2), three for
 * medium, two for low; technical alarms sound as low. Each pulse has its fundamental in 150-1000 Hz and at least four
 * harmonics within 300-4000 Hz (`PARTIALS`), so that it can be located and is heard with partial hearing loss.
 */
import type { Priority } from '../../../ecg/alarm.ts';

export interface Pulse {
  /** From the burst's start, ms. */
  readonly atMs: number;
  readonly durationMs: number;
  readonly frequencyHz: number;
}

export interface Burst {
  readonly pulses: readonly Pulse[];
  /** From the end of a burst to the start of the next, ms. */
  readonly pauseMs: number;
}

/** Relative amplitude of the fundamental and its harmonics. */
export const PARTIALS: readonly number[] = [0, 1, 0.7, 0.5, 0.4, 0.3];

const C5 = 523;
const A4 = 440;
const F4 = 349;
const E4 = 330;

function burst(frequencies: readonly number[], durationMs: number, gapsMs: readonly number[], pauseMs: number): Burst {
  let atMs = 0;
  const pulses = frequencies.map((frequencyHz, i) => {
    const pulse = { atMs, durationMs, frequencyHz };
    atMs += durationMs + (gapsMs[i] ?? 0);
    return pulse;
  });
  return { pulses, pauseMs };
}

/** High: 150 ms pulses 100 ms apart, 350 ms after the third, 800 ms between the two fives. */
const HIGH_GAPS = [100, 100, 350, 100, 800, 100, 100, 350, 100];
const HIGH = burst([C5, C5, C5, A4, F4, C5, C5, C5, A4, F4], 150, HIGH_GAPS, 4000);
const MEDIUM = burst([C5, A4, F4], 200, [200, 200], 8000);
const LOW = burst([E4, E4], 200, [200], 20_000);

export const BURSTS: Readonly<Record<Priority, Burst>> = { high: HIGH, medium: MEDIUM, low: LOW, technical: LOW };

export const burstLengthMs = ({ pulses }: Burst): number => {
  const last = pulses.at(-1);
  return last === undefined ? 0 : last.atMs + last.durationMs;
};

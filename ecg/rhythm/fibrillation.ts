/**
 * Ventricular fibrillation and flutter from the waveform of one lead over the last four seconds: the signal is
 * seldom near its baseline, and is nearly a sine.
 */
import type { Ring } from '../dsp/ring.ts';
import type { Hz } from '../units.ts';

export const WINDOW_S = 4;
/** Every second sample is enough for a waveform below 10 Hz. */
const STRIDE = 2;
/** Below this standard deviation, microvolts, there is no fibrillation waveform but a flat line. */
const SMALLEST_SPREAD_UV = 40;
const BASELINE_SHARE = 0.2;
const MIN_BUSY_SHARE = 0.48;
const MAX_LEAKAGE = 0.5;

/** True where the last window of `signal` (monitor band, microvolts) looks like fibrillation or flutter. */
export function looksLikeFibrillation(signal: Ring, fs: Hz): boolean {
  const count = Math.floor((WINDOW_S * fs) / STRIDE);
  const from = signal.end - count * STRIDE;
  if (from < signal.start) return false;
  let peak = 0;
  let squares = 0;
  let magnitude = 0;
  let slope = 0;
  for (let i = 0, last = signal.at(from); i < count; i++) {
    const x = signal.at(from + i * STRIDE);
    squares += x * x;
    magnitude += Math.abs(x);
    slope += Math.abs(x - last);
    peak = Math.max(peak, Math.abs(x));
    last = x;
  }
  if (Math.sqrt(squares / count) < SMALLEST_SPREAD_UV) return false;
  let busy = 0;
  for (let i = 0; i < count; i++) if (Math.abs(signal.at(from + i * STRIDE)) > BASELINE_SHARE * peak) busy++;
  if (busy / count < MIN_BUSY_SHARE) return false;
  const half = Math.max(1, Math.round((Math.PI * magnitude) / slope));
  let left = 0;
  let all = 0;
  for (let i = half; i < count; i++) {
    const a = signal.at(from + i * STRIDE);
    const b = signal.at(from + (i - half) * STRIDE);
    left += Math.abs(a + b);
    all += Math.abs(a) + Math.abs(b);
  }
  return left / all < MAX_LEAKAGE;
}

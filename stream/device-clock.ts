/**
 * What the device's own clock tells of its feed. Far from the server's it is said to be off. Where it does not go with
 * the device's count of samples, one of the two is wrong: with a false sampling frequency in hello every heart rate is
 * false by as much, and a bradycardia passes for a normal rhythm.
 */
import { durationOf, ms, type EpochMs, type Hz, type Ms } from '../ecg/units.ts';
import type { Block } from './line.ts';

/** A clock further off than this is said so; times on the server's clock are used either way. */
const CLOCK_OFF_MS = ms(5000);
/** Signal, or time of the device's clock, that is compared at once; a pause or step of the clock spoils one such window. */
const WINDOW_MS = ms(10_000);
/** Half of what IEC 60601-2-27 lets a heart rate be off (10 %); crystals stay within 0.01 %. */
const TOLERANCE = 0.05;

type Direction = -1 | 0 | 1;

/** One for each epoch. */
export class DeviceClock {
  readonly #fs: Hz;
  #from: { readonly index: number; readonly timeMs: EpochMs } | undefined;
  #direction: Direction = 0;
  /** Of two windows in a row that were off to the same side. */
  #measured: Hz | undefined;

  constructor(fs: Hz) {
    this.#fs = fs;
  }

  /** @returns what is wrong with the clock, for people, and how far it is ahead of the server's at the block's end */
  push({ startIndex, sampleCount, deviceTimeMs, receivedAtMs }: Pick<Block, 'startIndex' | 'sampleCount' | 'deviceTimeMs' | 'receivedAtMs'>): { readonly offsetMs: Ms; readonly fault: string | undefined } {
    this.#compare(startIndex, deviceTimeMs);
    const offsetMs = ms(deviceTimeMs + durationOf(sampleCount, this.#fs) - receivedAtMs);
    if (this.#measured !== undefined) return { offsetMs, fault: `hello said ${this.#fs} Hz, by the device's clock its samples come at ${Math.round(this.#measured)} Hz` };
    return { offsetMs, fault: Math.abs(offsetMs) > CLOCK_OFF_MS ? `the device's clock is ${Math.round(offsetMs / 1000)} s off` : undefined };
  }

  #compare(index: number, timeMs: EpochMs): void {
    this.#from ??= { index, timeMs };
    const signalMs = durationOf(index - this.#from.index, this.#fs);
    const clockMs = timeMs - this.#from.timeMs;
    if (signalMs < WINDOW_MS && Math.abs(clockMs) < WINDOW_MS) return;
    const direction: Direction = clockMs > signalMs * (1 + TOLERANCE) ? 1 : clockMs < signalMs * (1 - TOLERANCE) ? -1 : 0;
    const again = direction !== 0 && direction === this.#direction;
    // A clock that stands still or runs backwards measures nothing; it is soon far off.
    this.#measured = again && clockMs > 0 ? (((index - this.#from.index) * 1000) / clockMs) as Hz : undefined;
    this.#direction = direction;
    this.#from = { index, timeMs };
  }
}

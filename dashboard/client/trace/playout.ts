import type { Clock } from '../../../ecg/clock.ts';
import type { EpochMs, Hz } from '../../../ecg/units.ts';

/** How far the newest sample lies ahead of the playhead when it arrives: five messages, so that a few late ones are not seen. */
const TARGET_S = 0.5;
/** Largest change of pace, too small to be seen; it only follows the drift between two crystals (some 100 ppm). */
const PACE = 0.005;
/** The pace changes beyond this error of the buffer, and returns to 1 within a quarter of it. */
const DEADBAND_S = 0.08;
/** Weight of one arrival in the smoothed buffer level: some 5 s at ten messages a second. */
const SMOOTHING = 1 / 50;
/** Samples this far ahead of real time mean that the feed's index was set, not that data came early. */
const AHEAD_S = 2;
/** Samples this late, for `LATE_FOR_MS` on end, mean that the feed was paused without counting: they cannot catch up. */
const LATE_S = 1;
const LATE_FOR_MS = 1000;
/** Kept free between two placements that do not belong together, so that the break is seen. */
const BREAK_S = 0.1;

/**
 * Places one bed's samples in time. The playhead moves with the page's clock and nothing else: it neither waits for
 * data nor hurries after them. Positions are display indices: sample intervals of the bed since `zeroMs`, one moment
 * for the whole page, so that beds of every sampling frequency sweep in step.
 */
export class Playout {
  readonly #clock: Clock;
  readonly #fs: number;
  #pace = 1;
  #anchorMs: number;
  #anchorIndex: number;
  #offset: number | undefined;
  #epoch: number | undefined;
  #end = -Infinity;
  #error = 0;
  #lateSinceMs: number | undefined;
  #floor = -Infinity;

  constructor(clock: Clock, fs: Hz, zeroMs: EpochMs) {
    this.#clock = clock;
    this.#fs = fs;
    this.#anchorMs = clock.now();
    this.#anchorIndex = ((this.#anchorMs - zeroMs) * fs) / 1000;
  }

  /** Display index that is being drawn now (fractional). */
  get playhead(): number {
    return this.#anchorIndex + ((this.#clock.now() - this.#anchorMs) / 1000) * this.#fs * this.#pace;
  }

  /** Samples below this display index belong to what was shown before a break, and must not be overwritten. */
  get floor(): number {
    return this.#floor;
  }

  /** Pace of the playhead against the page's clock, within 1 +- 0.005. */
  get pace(): number {
    return this.#pace;
  }

  /** Display index of a sample of the current epoch; undefined before the first block. */
  displayIndex(sampleIndex: number): number | undefined {
    return this.#offset === undefined ? undefined : sampleIndex + this.#offset;
  }

  /** A block of `count` samples from `startIndex` has arrived. Returns the display index of its first sample. */
  place(epoch: number, startIndex: number, count: number): number {
    const blockEnd = startIndex + count;
    if (this.#offset === undefined || epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#anchorTo(blockEnd);
    } else if (blockEnd + this.#offset > this.#end || this.#lateSinceMs !== undefined) {
      this.#follow(blockEnd);
    }
    const offset = this.#offset!;
    this.#end = Math.max(this.#end, blockEnd + offset);
    return startIndex + offset;
  }

  #follow(blockEnd: number): void {
    const error = (blockEnd + this.#offset! - this.playhead) / this.#fs - TARGET_S;
    if (error > AHEAD_S) return this.#anchorTo(blockEnd);
    if (error < -LATE_S) {
      const now = this.#clock.now();
      this.#lateSinceMs ??= now;
      if (now - this.#lateSinceMs >= LATE_FOR_MS) this.#anchorTo(blockEnd);
      return;
    }
    this.#lateSinceMs = undefined;
    this.#error += (error - this.#error) * SMOOTHING;
    const size = Math.abs(this.#error);
    if (size > DEADBAND_S) this.#setPace(1 + Math.sign(this.#error) * PACE);
    else if (size < DEADBAND_S / 4) this.#setPace(1);
  }

  #anchorTo(blockEnd: number): void {
    if (this.#offset !== undefined) this.#floor = this.#end + Math.ceil(BREAK_S * this.#fs);
    this.#offset = Math.round(this.playhead + TARGET_S * this.#fs) - blockEnd;
    this.#end = blockEnd + this.#offset;
    this.#error = 0;
    this.#lateSinceMs = undefined;
    this.#setPace(1);
  }

  #setPace(pace: number): void {
    if (pace === this.#pace) return;
    this.#anchorIndex = this.playhead;
    this.#anchorMs = this.#clock.now();
    this.#pace = pace;
  }
}

/**
 * Puts a feed's frames into order on its own sample axis: duplicates dropped, reordering undone within a bound,
 * what never came turned into a visible gap, a step of the device's clock noticed. One `Aligner` an epoch.
 */
import { concatMap, concatWith, defer, type OperatorFunction } from 'rxjs';
import { EcgError, isEcgError } from '../ecg/errors.ts';
import { durationOf, ms, samplesIn, type Hz, type Ms } from '../ecg/units.ts';
import type { Frame } from '../ecg/frame.ts';
import type { Aligned, Block, ClockStep, Gap, ReceivedFrame, Refused } from './line.ts';

export interface AlignOptions {
  /** Frames held back while an earlier one is awaited. */
  readonly reorderFrames: number;
  /** Longest signal held back, so that reordering never delays an alarm by more than this. */
  readonly reorderMs: Ms;
  /** Difference between the device's clock and its own sample count that counts as a step. */
  readonly clockStepMs: Ms;
  /** Longest gap that may be filled with missing samples inside an epoch; a longer jump is refused. */
  readonly maxGapMs: Ms;
}

/** Reordering: a network reorders within a few packets; 300 ms keeps well inside a lethal alarm's own delay. */
export const DEFAULT_ALIGN_OPTIONS: AlignOptions = {
  reorderFrames: 8,
  reorderMs: ms(300),
  clockStepMs: ms(250),
  maxGapMs: ms(60_000),
};

/** Gaps remembered, so that a frame that comes after all is told from a repeated one. */
const REMEMBERED_GAPS = 16;

export class Aligner {
  readonly #fs: Hz;
  readonly #from: string;
  readonly #options: AlignOptions;
  readonly #held = new Map<number, ReceivedFrame>(); // by sample index
  readonly #recentGaps: { start: number; end: number }[] = [];
  #origin: number | undefined; // the feed's sample index that is our 0
  #next = 0; // sample index that is due
  #newestSequence = 0;
  #newestIndex = 0;
  #clockZeroMs: number | undefined; // device time of sample index 0, as last agreed

  /** @param from whose frames these are, for error messages */
  constructor(fs: Hz, from: string, options: AlignOptions = DEFAULT_ALIGN_OPTIONS) {
    this.#fs = fs;
    this.#from = from;
    this.#options = options;
  }

  /**
   * Takes one frame and returns what has become certain, in order.
   * @throws EcgError FRAME_SEQUENCE where a frame overlaps another, goes backwards, jumps too far or counts anew; nothing has changed then
   */
  push(received: ReceivedFrame): Aligned[] {
    const { frame } = received;
    const index = frame.sampleIndex - (this.#origin ?? frame.sampleIndex);
    this.#check(frame, index);
    this.#origin ??= frame.sampleIndex;
    if (index < this.#next) {
      this.#checkRepeated(frame);
      const late = index < 0 || this.#recentGaps.some(({ start, end }) => index >= start && index < end);
      return [{ kind: 'discarded', reason: late ? 'late' : 'duplicate' }];
    }
    if (this.#held.has(index)) return [{ kind: 'discarded', reason: 'duplicate' }];
    if (index >= this.#newestIndex) {
      this.#newestIndex = index;
      this.#newestSequence = frame.sequence;
    }
    this.#held.set(index, received);
    return this.#drain(() => this.#waitedLongEnough());
  }

  /** What is still held when the feed ends. */
  flush(): Aligned[] {
    return this.#drain(() => true);
  }

  /** Releases what is due; where something is missing and `giveUp` says so, declares the gap. */
  #drain(giveUp: () => boolean): Aligned[] {
    const out: Aligned[] = [];
    while (this.#held.size > 0) {
      const due = this.#held.get(this.#next);
      if (due) {
        this.#held.delete(this.#next);
        out.push(...this.#clockStep(due.frame), this.#block(due));
        this.#next += due.frame.sampleCount;
      } else if (giveUp()) {
        out.push(this.#gap());
      } else {
        break;
      }
    }
    return out;
  }

  #waitedLongEnough(): boolean {
    const newest = Math.max(...[...this.#held].map(([start, { frame }]) => start + frame.sampleCount));
    return this.#held.size > this.#options.reorderFrames || durationOf(newest - this.#next, this.#fs) > this.#options.reorderMs;
  }

  #gap(): Gap {
    const start = this.#next;
    const end = Math.min(...this.#held.keys());
    this.#recentGaps.push({ start, end });
    if (this.#recentGaps.length > REMEMBERED_GAPS) this.#recentGaps.shift();
    this.#next = end;
    return { kind: 'gap', startIndex: start, sampleCount: end - start, receivedAtMs: this.#held.get(end)!.receivedAtMs };
  }

  #clockStep(frame: Frame): ClockStep[] {
    const zeroMs = this.#zeroMsOf(frame);
    const step = zeroMs - (this.#clockZeroMs ?? zeroMs);
    // Following every frame lets an honest drift (100 ppm is 0.01 ms a frame) pass, and only a jump stand out.
    this.#clockZeroMs = zeroMs;
    if (Math.abs(step) <= this.#options.clockStepMs) return [];
    return [{ kind: 'clockStep', byMs: ms(step) }];
  }

  #block({ frame, receivedAtMs }: ReceivedFrame): Block {
    const { sampleCount, samplesUv, leadOffMask, pacerMarks, deviceTimeMs } = frame;
    return { kind: 'block', startIndex: this.#next, sampleCount, samplesUv, leadOffMask, pacerMarks, deviceTimeMs, receivedAtMs };
  }

  /** A frame that was sent before has the time it had before; a later one is of a device that counts anew and did not say hello. */
  #checkRepeated(frame: Frame): void {
    const laterMs = this.#zeroMsOf(frame) - this.#clockZeroMs!;
    if (laterMs <= this.#options.clockStepMs) return;
    throw new EcgError('FRAME_SEQUENCE', 'the samples are counted anew; say hello again after a reset', {
      expected: `sampleIndex ${this.#origin! + this.#next}`, received: `${frame.sampleIndex}, captured ${(laterMs / 1000).toFixed(1)} s later than the first of that index`, from: this.#from });
  }

  #zeroMsOf(frame: Frame): number {
    return frame.deviceTimeMs - durationOf(frame.sampleIndex - this.#origin!, this.#fs);
  }

  #check(frame: Frame, index: number): void {
    const refuse = (what: string, expected: string, got: string): EcgError =>
      new EcgError('FRAME_SEQUENCE', what, { expected, received: got, from: this.#from });
    const origin = this.#origin ?? frame.sampleIndex;
    const end = index + frame.sampleCount;
    const boundSamples = samplesIn(this.#options.maxGapMs, this.#fs);
    if (Math.abs(index - this.#next) > boundSamples) {
      throw refuse('sampleIndex jumps further than one epoch allows; say hello again to begin a new one',
        `${origin + this.#next} +- ${boundSamples}`, `${frame.sampleIndex}`);
    }
    // As 32-bit difference, so that the wrap of the sequence is one step and not a fall.
    const sequenceStep = (frame.sequence - this.#newestSequence) | 0;
    const started = this.#origin !== undefined;
    if (started && Math.sign(sequenceStep) !== Math.sign(index - this.#newestIndex)) {
      throw refuse('sequence and sampleIndex do not advance together',
        `sequence ${index > this.#newestIndex ? 'after' : 'up to'} ${this.#newestSequence} at sampleIndex ${frame.sampleIndex}`, `${frame.sequence}`);
    }
    if (index < this.#next && end > this.#next) {
      throw refuse('frame overlaps samples already received', `sampleIndex ${origin + this.#next}`, `${frame.sampleIndex}`);
    }
    for (const [start, held] of this.#held) {
      if (start !== index && index < start + held.frame.sampleCount && start < end) {
        throw refuse('frame overlaps another that waits for its turn',
          `samples outside ${origin + start} to ${origin + start + held.frame.sampleCount}`, `${frame.sampleIndex} to ${origin + end}`);
      }
    }
  }
}

/** The aligner as an operator: a frame it refuses becomes a value, and what is held is released at the end. */
export function align(createAligner: () => Aligner): OperatorFunction<ReceivedFrame, Aligned | Refused> {
  return (frames$) => defer(() => {
    const aligner = createAligner();
    return frames$.pipe(
      concatMap((received): (Aligned | Refused)[] => {
        try {
          return aligner.push(received);
        } catch (error) {
          if (!isEcgError(error)) throw error;
          return [{ kind: 'refused', error }];
        }
      }),
      concatWith(defer(() => aligner.flush())),
    );
  });
}

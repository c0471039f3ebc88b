/**
 * Cuts one epoch's samples into seconds of the server's clock, ready to be stored, without losing or inventing one.
 *
 * Frames carry microvolts, because the line works in them; `int16` adu / gain is exactly invertible from a float32 as
 * long as baseline and samples fit in its 24 bits, and every inversion is checked here by making the microvolts again.
 * A block for which that fails (a feed that sends float32) is kept as the bits of its microvolts: exact as well.
 */
import { MISSING_SAMPLE } from '../../ecg/formats/wfdb-signal.ts';
import { aduToMicrovolts, MICROVOLTS_PER_MILLIVOLT } from '../../ecg/units.ts';
import type { Hello } from '../feed/feed.ts';
import type { Block, Gap } from '../line.ts';
import type { Signal, WaveformBlock } from './store.ts';

const SECOND_MS = 1000;
/** How long arrivals are watched before stored time is put right: longer than any burst after a network fault. */
const WATCH_MS = 30_000;
/** Stored time follows the server's clock within this; nearer, network delay cannot be told from drift. */
const TOLERANCE_MS = 500;

export class EpochAssembler {
  readonly #bed: string;
  readonly #epoch: number;
  readonly #fs: number;
  readonly #signal: Signal;
  readonly #second: Float32Array[]; // samples of the second under way
  #length = 0;
  #nextIndex = 0;
  #zeroMs: number | undefined; // time of index 0
  #leastLagMs = Infinity;
  #watchedMs = 0;

  constructor(hello: Hello, epoch: number) {
    this.#bed = hello.bed;
    this.#epoch = epoch;
    this.#fs = hello.samplingFrequency;
    const { adcGain, baseline } = hello.scale;
    this.#signal = { samplingFrequencyHz: hello.samplingFrequency, leads: hello.leads, encoding: 'adu', adcGain, baseline };
    this.#second = hello.leads.map(() => new Float32Array(Math.ceil(this.#fs) + 1));
  }

  /** @returns the seconds that became whole */
  push(item: Block | Gap): WaveformBlock[] {
    const end = item.startIndex + item.sampleCount;
    this.#zeroMs ??= item.receivedAtMs - this.#durationOf(end);
    const done = [...this.#followClock(item.receivedAtMs, end, item.sampleCount)];
    if (item.kind === 'gap') {
      done.push(...this.flush());
      this.#nextIndex = end;
      return done;
    }
    for (let taken = 0; taken < item.sampleCount; ) {
      const index = item.startIndex + taken;
      const boundary = this.#indexOf((Math.floor(this.timeOf(index) / SECOND_MS + 1e-9) + 1) * SECOND_MS);
      const count = Math.min(item.sampleCount - taken, Math.max(1, boundary - index));
      item.samplesUv.forEach((samples, lead) => this.#second[lead]!.set(samples.subarray(taken, taken + count), this.#length));
      this.#length += count;
      taken += count;
      this.#nextIndex = index + count;
      if (this.#nextIndex >= boundary) done.push(...this.flush());
    }
    return done;
  }

  /** What the second under way has so far. */
  flush(): WaveformBlock[] {
    if (this.#length === 0) return [];
    const startIndex = this.#nextIndex - this.#length;
    const block = encode(this.#second.map((samples) => samples.subarray(0, this.#length)), this.#signal);
    this.#length = 0;
    return [{ bed: this.#bed, epoch: this.#epoch, startMs: this.timeOf(startIndex), startIndex, ...block }];
  }

  /** Server time of a sample of this epoch. */
  timeOf(index: number): number {
    return (this.#zeroMs ?? 0) + this.#durationOf(index);
  }

  /** A device that drifts, or a server clock that was set, shows as a lag that no arrival of half a minute undercuts. */
  #followClock(receivedAtMs: number, end: number, count: number): WaveformBlock[] {
    this.#leastLagMs = Math.min(this.#leastLagMs, receivedAtMs - this.timeOf(end));
    this.#watchedMs += this.#durationOf(count);
    if (this.#watchedMs < WATCH_MS) return [];
    const lag = this.#leastLagMs;
    this.#leastLagMs = Infinity;
    this.#watchedMs = 0;
    if (Math.abs(lag) <= TOLERANCE_MS) return [];
    const done = this.flush();
    this.#zeroMs! += lag;
    return done;
  }

  #durationOf(samples: number): number {
    return (samples * 1000) / this.#fs;
  }

  /** The first sample at or after a time. The tolerance keeps one that lies on it but for the last binary places. */
  #indexOf(timeMs: number): number {
    return Math.ceil(((timeMs - this.#zeroMs!) * this.#fs) / 1000 - 1e-6);
  }
}

/** @param samplesUv planar, NaN where missing */
export function encode(samplesUv: readonly Float32Array[], signal: Signal): Pick<WaveformBlock, 'signal' | 'samples'> {
  const length = samplesUv[0]!.length;
  const samples = new Int32Array(samplesUv.length * length);
  const exact = samplesUv.every((lead, i) => toAdu(lead, signal.adcGain[i]!, signal.baseline[i]!, samples.subarray(i * length, (i + 1) * length)));
  if (exact) return { signal, samples };
  samplesUv.forEach((lead, i) => {
    const bits = new Int32Array(lead.buffer, lead.byteOffset, length);
    lead.forEach((value, at) => (samples[i * length + at] = Number.isNaN(value) ? MISSING_SAMPLE : bits[at]!));
  });
  return { signal: { ...signal, encoding: 'float32' }, samples };
}

/** @returns false where the microvolts do not come of whole adu */
function toAdu(samplesUv: Float32Array, gain: number, baseline: number, out: Int32Array): boolean {
  for (let i = 0; i < samplesUv.length; i++) {
    const value = samplesUv[i]!;
    if (Number.isNaN(value)) {
      out[i] = MISSING_SAMPLE;
      continue;
    }
    const adu = Math.round((value * gain) / MICROVOLTS_PER_MILLIVOLT + baseline);
    if (Math.abs(adu) >= 2 ** 31 || Math.fround(aduToMicrovolts(adu, gain, baseline)) !== value) return false;
    out[i] = adu;
  }
  return true;
}

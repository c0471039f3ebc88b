/**
 * Replays recordings through a feed as if they were captured now. Raw converter output is sent, so gains stay exact.
 * A join (the end of a loop, the step to another record) is a new hello and so a new epoch: never invented continuity.
 */
import { systemClock, type Clock } from '../../ecg/clock.ts';
import { MISSING_SAMPLE, type DigitalRecord } from '../../ecg/formats/wfdb.ts';
import { FRAME_VERSION, MISSING_ADU } from '../../ecg/frame.ts';
import { ms, samplesIn, type Ms } from '../../ecg/units.ts';
import type { FeedSink } from './feed-sink.ts';
import { flood, frameSamples, pace, type FrameSource } from './pace.ts';

/** Something that sends until it has ended or is stopped. */
export interface Playback {
  /** Resolves at the end, or when stopped; rejects where a sending at full speed is refused by the server. */
  readonly done: Promise<void>;
  stop(): void;
}

export interface ReplayOptions {
  readonly bed: string;
  /** For people: `MIT-BIH 207, replayed`. */
  readonly device: string;
  /** Where the first pass begins; a loop goes on from the start of the record. Default 0. */
  readonly from?: Ms;
  readonly loop?: boolean;
  /** 1: in real time; `max`: as fast as the server takes it. Default 1. */
  readonly speed?: 1 | 'max';
  readonly clock?: Clock;
  /** Bit n = electrode of lead n off, asked for each frame by the time since the start of the record. Default: never. */
  readonly leadOffMask?: (time: Ms) => number;
}

/** Replays one record. @throws RangeError where `from` lies beyond its end */
export function replay(record: DigitalRecord, sink: FeedSink, options: ReplayOptions): Playback {
  const length = record.adu[0]!.length;
  const first = samplesIn(options.from ?? ms(0), record.samplingFrequency);
  if (first >= length) throw new RangeError(`the replay begins at sample ${first}, the record ${record.name} has ${length}`);
  return play(sink, options, (pass) => {
    if (pass > 0 && options.loop !== true) return undefined;
    return { source: recordSource(record, options, pass === 0 ? first : 0), pause: ms(0) };
  });
}

/** Pause between two records of `stepThrough`: long enough to see, shorter than the no-data limit of 3 s. */
const STEP_PAUSE = ms(1000);

/**
 * Replays many short records one after another, for ever, each as an epoch of its own.
 * @param load gives record `index`; called when its turn comes
 */
export function stepThrough(
  count: number, load: (index: number) => DigitalRecord, sink: FeedSink,
  options: Omit<ReplayOptions, 'device' | 'from' | 'loop'> & { readonly deviceOf: (record: DigitalRecord) => string },
): Playback {
  return play(sink, options, (pass) => {
    const record = load(pass % count);
    return { source: recordSource(record, { ...options, device: options.deviceOf(record) }, 0), pause: pass === 0 ? ms(0) : STEP_PAUSE };
  });
}

/** @param passOf the n-th pass and the pause before it; undefined: that was the last */
function play(sink: FeedSink, options: Pick<ReplayOptions, 'speed' | 'clock'>, passOf: (pass: number) => { source: FrameSource; pause: Ms } | undefined): Playback {
  const clock = options.clock ?? systemClock;
  let stopped = false;
  let cancel = (): void => {};
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));

  const begin = (pass: number): void => {
    const next = passOf(pass);
    if (!next) return finish();
    const start = (): void => void (cancel = pace(next.source, sink, clock, () => begin(pass + 1)));
    if (next.pause > 0) cancel = clock.after(next.pause, start);
    else start();
  };
  const rush = async (): Promise<void> => {
    for (let pass = 0, next = passOf(0); next && !stopped; next = passOf(++pass)) await flood(next.source, sink, clock, () => stopped);
  };
  const done = options.speed === 'max' ? rush() : (begin(0), finished);
  return {
    done,
    stop() {
      stopped = true;
      cancel();
      finish();
    },
  };
}

/** Cuts a record into frames, from sample `first` to its end. */
export function recordSource(record: DigitalRecord, options: Pick<ReplayOptions, 'bed' | 'device' | 'leadOffMask'>, first: number): FrameSource {
  const { samplingFrequency: fs } = record;
  const length = record.adu[0]!.length;
  const step = frameSamples(fs);
  const shift = bitsTooMany(record);
  const scale = 2 ** shift;
  let at = first;
  return {
    hello: {
      version: FRAME_VERSION,
      bed: options.bed,
      source: 'recording',
      device: options.device,
      samplingFrequencyHz: fs,
      leads: [...record.leads],
      adcGain: record.adcGain.map((gain) => gain / scale),
      baseline: record.baseline.map((baseline) => baseline / scale),
      railAdu: [record.railAdu[0] / scale, record.railAdu[1] / scale],
    },
    next() {
      if (at >= length) return undefined;
      const end = Math.min(length, at + step);
      const samples = record.adu.map((adu) => Int16Array.from(adu.subarray(at, end), (value) => (value === MISSING_SAMPLE ? MISSING_ADU : value >> shift)));
      const leadOffMask = options.leadOffMask?.(ms((at * 1000) / fs)) ?? 0;
      at = end;
      return { samples, leadOffMask };
    },
  };
}

/** Bits to leave away so that every sample fits a frame's int16; 0 for all 16-bit and smaller formats. */
function bitsTooMany(record: DigitalRecord): number {
  let largest = 0;
  for (const adu of record.adu) for (const value of adu) if (value !== MISSING_SAMPLE) largest = Math.max(largest, Math.abs(value));
  return Math.max(0, Math.ceil(Math.log2((largest + 1) / 2 ** 15)));
}

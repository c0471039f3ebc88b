/**
 * The whole way of one bed's samples: start reading here.
 *
 *   frames -> align -+-> display filter ------------------> page
 *                    +-> rhythm rules (no model) ---------> alarms
 *                    `-> segment -> quality -> infer -----> findings -> alarms
 *
 * One line lives for one epoch (one connection of one device). All state is made per subscription.
 */
import { connect, EMPTY, map, merge, mergeMap, of, tap, type Observable } from 'rxjs';
import type { EncoderInputSpec } from '../ecg/encoder-input.ts';
import type { DisplayBand } from '../ecg/dsp/display-band.ts';
import type { RhythmAnalyser } from '../ecg/rhythm.ts';
import { STANDARD_LEADS } from '../ecg/leads.ts';
import { hz, ms } from '../ecg/units.ts';
import { align, Aligner } from './align.ts';
import { DeviceClock } from './device-clock.ts';
import type { Hello } from './feed/feed.ts';
import { DisplayFilter } from './filter.ts';
import { infer, type SegmentScorer } from './infer.ts';
import type { Aligned, LineEvent, ReceivedFrame, Refused } from './line.ts';
import { rhythm } from './rhythm.ts';
import { segment, withoutLeadsOff } from './segment.ts';

/** Windows of the model's length every 2 s: five looks at any ten seconds. */
export const SEGMENT_HOP = ms(2000);
/** A score later than two hops has been overtaken by newer segments. */
export const SCORE_DEADLINE = ms(4000);

/** Without a model, windows are still judged for quality: ten seconds at 100 Hz. */
export const SPEC_WITHOUT_MODEL: EncoderInputSpec = {
  leads: STANDARD_LEADS,
  samplingFrequency: hz(100),
  length: 1000,
  preprocessing: { highPassHz: 0.5, lowPassHz: 40, clipUv: 20_000, normalise: 'record-zscore', scaleUv: 10 },
};

export interface LineParts {
  readonly createAnalyser: (hello: Hello) => RhythmAnalyser;
  /** How segments are cut: the model's, or `SPEC_WITHOUT_MODEL`. */
  readonly spec: EncoderInputSpec;
  /** Undefined where no model could be loaded: everything but findings works. */
  readonly scorer: SegmentScorer | undefined;
  readonly inAlarm: () => boolean;
  /** The display band in force, asked for each block. */
  readonly band: () => DisplayBand;
  /** The history tap: told of everything that left alignment, and never waited for. */
  readonly record?: (item: Aligned) => void;
}

export function bedLine(frames$: Observable<ReceivedFrame>, hello: Hello, epoch: number, parts: LineParts): Observable<LineEvent> {
  const { samplingFrequency: fs } = hello;
  return frames$.pipe(
    align(() => new Aligner(fs, hello.bed)),
    tap((item) => {
      if (item.kind !== 'refused') parts.record?.(item);
    }),
    connect((aligned$) => merge(
      aligned$.pipe(arrivals(hello)),
      aligned$.pipe(shown(hello, parts.band)),
      aligned$.pipe(rhythm(hello, parts.createAnalyser)),
      aligned$.pipe(windows(hello, epoch, parts)),
    )),
  );
}

type Stage = (aligned$: Observable<Aligned | Refused>) => Observable<LineEvent>;

/** Arrival times for the age of data, what the device's clock tells, and faults, passed on as they are. */
function arrivals({ samplingFrequency }: Hello): Stage {
  return (aligned$) => {
    const clock = new DeviceClock(samplingFrequency);
    return aligned$.pipe(map((item): LineEvent => {
      if (item.kind !== 'block') return item;
      const { offsetMs, fault } = clock.push(item);
      return { kind: 'received', atMs: item.receivedAtMs, leadOffMask: item.leadOffMask, clockOffsetMs: offsetMs, clockFault: fault };
    }));
  };
}

function shown({ samplingFrequency, leads }: Hello, band: LineParts['band']): Stage {
  return (aligned$) => {
    const display = new DisplayFilter(samplingFrequency, leads.length);
    return aligned$.pipe(
      mergeMap((item): Observable<LineEvent> => {
        if (item.kind === 'gap') display.skip(item.sampleCount); // the page sees the index jump
        if (item.kind !== 'block') return EMPTY;
        return of({ kind: 'waveform', ...display.push(withoutLeadsOff(item.samplesUv, item.leadOffMask), band()) });
      }),
    );
  };
}

/** Quality is judged with or without a model; scores need one. */
function windows(hello: Hello, epoch: number, { spec, scorer, inAlarm }: LineParts): Stage {
  return (aligned$) => aligned$.pipe(
    segment({ hello, epoch, spec, hop: SEGMENT_HOP }),
    connect((segments$) => merge(
      segments$.pipe(map(({ leadStates }): LineEvent => ({ kind: 'quality', leadStates }))),
      scorer ? segments$.pipe(infer({ spec, scorer, deadline: SCORE_DEADLINE, inAlarm })) : EMPTY,
    )),
  );
}

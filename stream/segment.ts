/** Cuts the aligned stream into windows for the model, with each lead judged. */
import { Observable, type OperatorFunction } from 'rxjs';
import type { EncoderInputSpec } from '../ecg/encoder-input.ts';
import { LeadMapper } from '../ecg/encoder-input.ts';
import type { Segment } from '../ecg/segment.ts';
import { Segmenter } from '../ecg/segmenter.ts';
import { durationOf, epochMs, samplesIn, type Ms } from '../ecg/units.ts';
import type { Hello } from './feed/feed.ts';
import type { Aligned, LeadState, Refused } from './line.ts';
import { judgeLeads } from './quality.ts';

export interface JudgedSegment {
  readonly segment: Segment;
  /** One per lead of the feed. */
  readonly leadStates: readonly LeadState[];
}

export interface SegmentOptions {
  readonly hello: Hello;
  readonly epoch: number;
  readonly spec: EncoderInputSpec;
  readonly hop: Ms;
}

export function segment({ hello, epoch, spec, hop }: SegmentOptions): OperatorFunction<Aligned | Refused, JudgedSegment> {
  return (aligned$) => new Observable((subscriber) => {
    const { samplingFrequency: fs, leads, railUv } = hello;
    const segmenter = new Segmenter({
      leadCount: leads.length, from: fs, to: spec.samplingFrequency, length: spec.length, hop: samplesIn(hop, spec.samplingFrequency),
    });
    const mapper = new LeadMapper(leads, spec.leads);
    return aligned$.subscribe({
      next(item) {
        if (item.kind !== 'block' && item.kind !== 'gap') return;
        const leadOffMask = item.kind === 'block' ? item.leadOffMask : 0;
        const samplesUv = item.kind === 'block' ? withoutLeadsOff(item.samplesUv, leadOffMask) : missing(leads.length, item.sampleCount);
        for (const window of segmenter.push(samplesUv)) {
          const leadStates = judgeLeads(window.samplesUv, leadOffMask, { samplingFrequency: spec.samplingFrequency, railUv });
          const input = { samplesUv: new Float32Array(spec.leads.length * spec.length), presence: new Uint8Array(spec.leads.length) };
          mapper.fill(window.samplesUv, leadStates.map((state) => state === 'ok' || state === 'noisy'), input.samplesUv, input.presence);
          subscriber.next({
            leadStates,
            segment: {
              bed: hello.bed,
              epoch,
              startIndex: window.startIndex,
              startMs: epochMs(item.receivedAtMs - durationOf(spec.length, spec.samplingFrequency)),
              samplingFrequency: spec.samplingFrequency,
              ...input,
              leadCount: spec.leads.length,
              length: spec.length,
              receivedAtMs: item.receivedAtMs,
            },
          });
        }
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
  });
}

/** A lead whose electrode is off carries mains hum or a rail, not the patient: its samples count as missing. */
export function withoutLeadsOff(samplesUv: readonly Float32Array[], leadOffMask: number): readonly Float32Array[] {
  if (leadOffMask === 0) return samplesUv;
  return samplesUv.map((samples, lead) => ((leadOffMask >>> lead) & 1 ? new Float32Array(samples.length).fill(NaN) : samples));
}

export const missing = (leadCount: number, sampleCount: number): Float32Array[] =>
  Array.from({ length: leadCount }, () => new Float32Array(sampleCount).fill(NaN));

/** Cuts the aligned stream into windows for the model, with each lead judged. */
import { concatMap, defer, type OperatorFunction } from 'rxjs';
import { LeadMapper, type EncoderInputSpec } from '../ecg/encoder-input.ts';
import type { Segment } from '../ecg/segment.ts';
import { Segmenter, type FeedWindow } from '../ecg/segmenter.ts';
import { durationOf, epochMs, samplesIn, type EpochMs, type Ms } from '../ecg/units.ts';
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
  return (aligned$) => defer(() => {
    const { bed, samplingFrequency: from, leads, railUv } = hello;
    const { samplingFrequency, length } = spec;
    const segmenter = new Segmenter({ leadCount: leads.length, from, to: samplingFrequency, length, hop: samplesIn(hop, samplingFrequency) });
    const mapper = new LeadMapper(leads, spec.leads);

    const judged = ({ startIndex, samplesUv: windowUv }: FeedWindow, leadOffMask: number, receivedAtMs: EpochMs): JudgedSegment => {
      const leadStates = judgeLeads(windowUv, leadOffMask, { samplingFrequency, railUv });
      const samplesUv = new Float32Array(spec.leads.length * length);
      const presence = new Uint8Array(spec.leads.length);
      mapper.fill(windowUv, leadStates.map((state) => state === 'ok' || state === 'noisy'), samplesUv, presence);
      const startMs = epochMs(receivedAtMs - durationOf(length, samplingFrequency));
      const leadCount = spec.leads.length;
      return { leadStates, segment: { bed, epoch, startIndex, startMs, samplingFrequency, samplesUv, leadCount, length, presence, receivedAtMs } };
    };

    return aligned$.pipe(concatMap((item) => {
      if (item.kind !== 'block' && item.kind !== 'gap') return [];
      const leadOffMask = item.kind === 'block' ? item.leadOffMask : 0;
      const samplesUv = item.kind === 'block' ? withoutLeadsOff(item.samplesUv, leadOffMask) : missing(leads.length, item.sampleCount);
      return segmenter.push(samplesUv).map((window) => judged(window, leadOffMask, item.receivedAtMs));
    }));
  });
}

/** A lead whose electrode is off carries mains hum or a rail, not the patient: its samples count as missing. */
export function withoutLeadsOff(samplesUv: readonly Float32Array[], leadOffMask: number): readonly Float32Array[] {
  if (leadOffMask === 0) return samplesUv;
  return samplesUv.map((samples, lead) => ((leadOffMask >>> lead) & 1 ? new Float32Array(samples.length).fill(NaN) : samples));
}

export const missing = (leadCount: number, sampleCount: number): Float32Array[] =>
  Array.from({ length: leadCount }, () => new Float32Array(sampleCount).fill(NaN));

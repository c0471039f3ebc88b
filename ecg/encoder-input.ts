/**
 * From whatever leads a bed or a record has to the leads the encoder wants. Training calls `recordToSegment`,
 * serving calls `Segmenter` (segmenter.ts); both go through `LeadMapper` and the same resampler, so the model sees
 * at the bedside what it saw in training.
 */
import { resample } from './dsp/resample.ts';
import type { Preprocessing } from './dsp/preprocess.ts';
import { derivableLimbLeads, nearestStandardLead, type Lead } from './leads.ts';
import type { EcgRecord } from './record.ts';
import type { Hz } from './units.ts';

/** What an encoder wants to be fed; a manifest holds the same. */
export interface EncoderInputSpec {
  /** Order of the leads in the input. */
  readonly leads: readonly Lead[];
  readonly samplingFrequency: Hz;
  /** Samples of one lead. */
  readonly length: number;
  readonly preprocessing: Preprocessing;
}

/** One lead of the model as a weighted sum of one or two leads of the feed. */
interface Source {
  readonly from: readonly number[];
  readonly weight: readonly number[];
}

/** Which leads of the model a feed can fill: recorded, derived exactly by Einthoven and Goldberger, or absent. */
export class LeadMapper {
  readonly #sources: readonly (Source | undefined)[];

  constructor(feedLeads: readonly Lead[], modelLeads: readonly Lead[]) {
    const derived = derivableLimbLeads(feedLeads);
    this.#sources = modelLeads.map((lead) => {
      // A lead under its own name wins over one that is only near to it (II over MLII).
      const exact = feedLeads.indexOf(lead);
      const recorded = exact >= 0 ? exact : feedLeads.findIndex((name) => nearestStandardLead(name) === lead);
      if (recorded >= 0) return { from: [recorded], weight: [1] };
      const derivation = derived.find((entry) => entry.lead === lead);
      return derivation && { from: derivation.from, weight: derivation.weight };
    });
  }

  /**
   * Fills a segment from the feed's leads. A lead that misses even one sample, or whose source is not usable,
   * is absent: zero, with presence 0.
   * @param feed planar, one array of `length` samples per lead of the feed
   * @param usable one per lead of the feed; undefined: all are
   * @param samplesUv [model leads][length], filled
   * @param presence one per lead of the model, filled
   */
  fill(feed: readonly Float32Array[], usable: readonly boolean[] | undefined, samplesUv: Float32Array, presence: Uint8Array): void {
    const length = samplesUv.length / this.#sources.length;
    this.#sources.forEach((source, lead) => {
      const target = samplesUv.subarray(lead * length, (lead + 1) * length);
      const whole = source !== undefined
        && source.from.every((index) => usable?.[index] !== false)
        && writeSum(feed, source, target);
      if (!whole) target.fill(0);
      presence[lead] = whole ? 1 : 0;
    });
  }
}

/** @returns false where a sample is missing */
function writeSum(feed: readonly Float32Array[], { from, weight }: Source, target: Float32Array): boolean {
  const a = feed[from[0]!]!;
  const b = from.length > 1 ? feed[from[1]!]! : undefined;
  const wa = weight[0]!;
  const wb = b ? weight[1]! : 0;
  let missing = false;
  for (let i = 0; i < target.length; i++) {
    const value = b ? wa * a[i]! + wb * b[i]! : wa * a[i]!;
    if (value !== value) missing = true;
    target[i] = value;
  }
  return !missing;
}

/**
 * Cuts one segment out of a whole record, on the model's sample axis.
 * @param fromSample first sample, counted at the model's sampling frequency
 * @returns samplesUv [leads][length] in microvolts before preprocessing; presence one per lead
 * @throws RangeError where the record is too short
 */
export function recordToSegment(record: EcgRecord, spec: EncoderInputSpec, fromSample = 0): { samplesUv: Float32Array; presence: Uint8Array } {
  const resampled = record.samplesUv.map((samples) => resample(samples, record.samplingFrequency, spec.samplingFrequency));
  const available = resampled[0]?.length ?? 0;
  if (fromSample < 0 || fromSample + spec.length > available) {
    throw new RangeError(`record ${record.name} has ${available} samples at ${spec.samplingFrequency} Hz, a segment needs ${fromSample} to ${fromSample + spec.length}`);
  }
  const samplesUv = new Float32Array(spec.leads.length * spec.length);
  const presence = new Uint8Array(spec.leads.length);
  const cut = resampled.map((samples) => samples.subarray(fromSample, fromSample + spec.length));
  new LeadMapper(record.leads, spec.leads).fill(cut, undefined, samplesUv, presence);
  return { samplesUv, presence };
}

/** The last ten seconds of every bed's shown samples, so that a page that opens, or opens a bed, need not begin empty. */
import type { EpochMs } from '../../ecg/units.ts';
import type { Bed } from '../../stream/bed.ts';
import type { ShownSamples } from '../../stream/ward.ts';
import type { WaveformBlock } from '../wire.ts';

/** What fits a strip: 250 mm at 25 mm/s. */
const SECONDS = 10;

interface Kept {
  readonly bed: Bed;
  readonly epoch: number;
  parts: { readonly startIndex: number; readonly samplesUv: readonly Float32Array[] }[];
}

export class Backlog {
  readonly #kept = new Map<string, Kept>();

  keep({ bed, startIndex, samplesUv }: ShownSamples, samplingFrequencyHz: number): void {
    let kept = this.#kept.get(bed.bed);
    if (kept?.epoch !== bed.epoch) this.#kept.set(bed.bed, (kept = { bed, epoch: bed.epoch, parts: [] }));
    const oldest = startIndex - SECONDS * samplingFrequencyHz;
    kept.parts = kept.parts.filter((part) => part.startIndex >= oldest);
    kept.parts.push({ startIndex, samplesUv });
  }

  /** What was shown so far must not be shown again: it is of another band than is in force. */
  forget(bed: string): void {
    this.#kept.delete(bed);
  }

  /** Forgets beds whose last sample is older than what is kept: a page that opens then is shown nothing of them as if it were new. */
  expire(now: EpochMs): void {
    for (const [name, { bed }] of this.#kept) if (now - (bed.lastSampleMs ?? 0) > SECONDS * 1000) this.#kept.delete(name);
  }

  /** @param wanted which lead of which bed; one block for each stretch without a gap */
  blocks(wanted: (bed: Bed, lead: number) => boolean): WaveformBlock[] {
    return [...this.#kept.values()].flatMap(({ bed, epoch, parts }) =>
      bed.hello.leads.flatMap((_, lead) => (wanted(bed, lead) ? stretches(parts).map((stretch) => ({
        slot: bed.slot, lead, epoch, startIndex: stretch[0]!.startIndex, samplesUv: joined(stretch.map((part) => part.samplesUv[lead]!)),
      })) : [])));
  }
}

function stretches(parts: Kept['parts']): Kept['parts'][] {
  const out: Kept['parts'][] = [];
  for (const part of parts) {
    const last = out.at(-1)?.at(-1);
    if (last && last.startIndex + last.samplesUv[0]!.length === part.startIndex) out.at(-1)!.push(part);
    else out.push([part]);
  }
  return out;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

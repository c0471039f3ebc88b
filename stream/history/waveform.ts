/** What every store does with blocks once it has them: microvolts out of samples, joining, cutting, lowest and highest. */
import { MISSING_SAMPLE } from '../../ecg/formats/wfdb-signal.ts';
import { aduToMicrovolts } from '../../ecg/units.ts';
import type { Overview, Signal, WaveformBlock, WaveformRun } from './store.ts';

/** Blocks whose times fit within this are one run: a second cut between two samples, never a missing sample. */
const JOIN_TOLERANCE = 0.5;

const bits = new Int32Array(1);
const asFloat = new Float32Array(bits.buffer);

/** One sample in microvolts, as the line saw it; NaN where missing. */
export function microvoltsOf(sample: number, signal: Signal, lead: number): number {
  if (sample === MISSING_SAMPLE) return NaN;
  if (signal.encoding === 'adu') return Math.fround(aduToMicrovolts(sample, signal.adcGain[lead]!, signal.baseline[lead]!));
  bits[0] = sample;
  return asFloat[0]!;
}

export const leadMicrovolts = (samples: Int32Array, signal: Signal, lead: number): Float32Array =>
  Float32Array.from(samples, (sample) => microvoltsOf(sample, signal, lead));

export const lengthOf = (block: WaveformBlock): number => block.samples.length / block.signal.leads.length;
export const endMsOf = (block: WaveformBlock): number => block.startMs + (lengthOf(block) * 1000) / block.signal.samplingFrequencyHz;

export const sameSignal = (a: Signal, b: Signal): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

/** Joins what follows without a gap, and cuts to the interval: samples from the first at or after `fromMs` to the last before `toMs`. */
export function toRuns(blocks: readonly WaveformBlock[], fromMs: number, toMs: number): WaveformRun[] {
  const sorted = [...blocks].sort((a, b) => a.startMs - b.startMs || a.epoch - b.epoch || a.startIndex - b.startIndex);
  const groups: { blocks: WaveformBlock[]; nextIndex: number; nextMs: number }[] = [];
  for (const block of sorted) {
    const intervalMs = 1000 / block.signal.samplingFrequencyHz;
    const group = groups.findLast((candidate) => {
      const last = candidate.blocks.at(-1)!;
      return last.epoch === block.epoch && candidate.nextIndex === block.startIndex
        && Math.abs(candidate.nextMs - block.startMs) <= JOIN_TOLERANCE * intervalMs && sameSignal(last.signal, block.signal);
    });
    const end = { nextIndex: block.startIndex + lengthOf(block), nextMs: endMsOf(block) };
    if (group) {
      group.blocks.push(block);
      Object.assign(group, end);
    } else {
      groups.push({ blocks: [block], ...end });
    }
  }
  return groups.map((group) => cut(join(group.blocks), fromMs, toMs)).filter((run) => run.samples[0]!.length > 0);
}

function join(blocks: readonly WaveformBlock[]): WaveformRun {
  const { bed, epoch, startMs, startIndex, signal } = blocks[0]!;
  const total = blocks.reduce((sum, block) => sum + lengthOf(block), 0);
  const samples = signal.leads.map((_, lead) => {
    const out = new Int32Array(total);
    let at = 0;
    for (const block of blocks) {
      const length = lengthOf(block);
      out.set(block.samples.subarray(lead * length, (lead + 1) * length), at);
      at += length;
    }
    return out;
  });
  return { bed, epoch, startMs, startIndex, signal, samples };
}

function cut(run: WaveformRun, fromMs: number, toMs: number): WaveformRun {
  const { samplingFrequencyHz: fs } = run.signal;
  const length = run.samples[0]!.length;
  // The tolerance keeps a sample whose time was cut off at the last binary place.
  const placeOf = (timeMs: number): number => Math.min(length, Math.max(0, Math.ceil(((timeMs - run.startMs) * fs) / 1000 - 1e-6)));
  const first = placeOf(fromMs);
  const last = placeOf(toMs);
  return {
    ...run,
    startMs: run.startMs + (first * 1000) / fs,
    startIndex: run.startIndex + first,
    samples: run.samples.map((lead) => lead.subarray(first, Math.max(first, last))),
  };
}

export function emptyOverview(lead: string, columns: number, fromMs: number, toMs: number): Overview {
  return { lead, columnMs: (toMs - fromMs) / columns, lowUv: new Float32Array(columns).fill(NaN), highUv: new Float32Array(columns).fill(NaN) };
}

/** Widens the column that holds `timeMs`. Times outside the interval are passed over. */
export function widen(overview: Overview, fromMs: number, timeMs: number, lowUv: number, highUv: number): void {
  const column = Math.floor((timeMs - fromMs) / overview.columnMs);
  if (column < 0 || column >= overview.lowUv.length) return;
  const low = overview.lowUv[column]!;
  const high = overview.highUv[column]!;
  if (Number.isNaN(low) || lowUv < low) overview.lowUv[column] = lowUv;
  if (Number.isNaN(high) || highUv > high) overview.highUv[column] = highUv;
}

export function widenByRun(overview: Overview, fromMs: number, run: WaveformRun): void {
  const lead = run.signal.leads.indexOf(overview.lead);
  if (lead < 0) return;
  const samples = run.samples[lead]!;
  const intervalMs = 1000 / run.signal.samplingFrequencyHz;
  for (let i = 0; i < samples.length; i++) {
    const value = microvoltsOf(samples[i]!, run.signal, lead);
    if (!Number.isNaN(value)) widen(overview, fromMs, run.startMs + i * intervalMs, value, value);
  }
}

/** Lowest and highest microvolts of one lead of a block; NaN where all is missing. */
export function extremesOf(block: WaveformBlock, lead: number): { low: number; high: number } {
  const length = lengthOf(block);
  let least = Infinity, most = -Infinity;
  for (let i = lead * length; i < (lead + 1) * length; i++) {
    const value = block.signal.encoding === 'adu' ? block.samples[i]! : microvoltsOf(block.samples[i]!, block.signal, lead);
    if (block.samples[i] === MISSING_SAMPLE) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least > most) return { low: NaN, high: NaN };
  if (block.signal.encoding === 'float32') return { low: least, high: most };
  return { low: microvoltsOf(least, block.signal, lead), high: microvoltsOf(most, block.signal, lead) };
}

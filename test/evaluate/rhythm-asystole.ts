/**
 * Asystole: the true alarms of cinc2015, their last QRS marked by hand; and a flat line spliced into mitdb at seeded
 * places, with noise, and with pacer pulses over it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAnnotations, loadRecord, recordNames } from '../../stream/recordings/library.ts';
import { referenceBeats } from '../../ecg/reference-beats.ts';
import { mulberry32 } from './intervals.ts';
import { runRhythm } from './rhythm-run.ts';

const PLACES = 50;
const BEFORE_S = 60;
const FLAT_S = 20;
/** The line begins this long after an annotated R peak: after its T wave. */
const AFTER_QRS_S = 0.45;
const NOISE_UV = 15;
const PULSE_UV = 5000;

export type Splice = 'plain' | 'noise' | 'pacer';

/** From the last QRS to the alarm, milliseconds; Infinity for a miss. */
export function asystoleDelays(directory: string, kind: Splice, seed = 2015): number[] {
  const random = mulberry32(seed);
  const names = recordNames(directory);
  return Array.from({ length: PLACES }, () => {
    const name = names[Math.floor(random() * names.length)]!;
    const record = loadRecord(directory, name);
    const fs = record.samplingFrequency;
    const beats = referenceBeats(loadAnnotations(directory, name));
    const usable = beats.filter((beat) => beat.sample > BEFORE_S * fs);
    const last = usable[Math.floor(random() * usable.length)]!.sample;
    const from = last - BEFORE_S * fs;
    const cut = Math.round((BEFORE_S + AFTER_QRS_S) * fs);
    // A beat that follows sooner would be the last one, half of it.
    const next = beats.find((beat) => beat.sample > last)?.sample ?? Infinity;
    const flatFrom = Math.min(cut, next - from - Math.round(0.1 * fs));
    const leads = record.samplesUv.map((samples) => {
      const out = new Float32Array(flatFrom + FLAT_S * fs);
      out.set(samples.subarray(from, from + flatFrom));
      const level = out[flatFrom - 1]!;
      for (let i = flatFrom; i < out.length; i++) out[i] = level + (kind === 'plain' ? 0 : NOISE_UV * (2 * random() - 1));
      if (kind === 'pacer') for (let i = flatFrom + 50; i < out.length; i += Math.round(0.8 * fs)) out[i] = out[i]! + PULSE_UV;
      return out;
    });
    const lastQrs = last - from;
    const alarm = runRhythm(leads, fs, record.leads).changes.find((change) => change.condition === 'asystole' && change.active && change.decidedIndex > lastQrs);
    return alarm ? ((alarm.decidedIndex - lastQrs) * 1000) / fs : Infinity;
  });
}

/** From the marked last QRS to the alarm, by record, milliseconds; Infinity for a miss. What follows 5:00 is streamed, too. */
export function markedAsystoleDelays(directory: string): { record: string; delayMs: number }[] {
  const { onsets } = JSON.parse(readFileSync(join(import.meta.dirname, 'asystole-onsets.json'), 'utf8')) as { onsets: Record<string, number> };
  return Object.entries(onsets).map(([name, onsetS]) => {
    const record = loadRecord(directory, name);
    const fs = record.samplingFrequency;
    const alarm = runRhythm(record.samplesUv, fs, record.leads).changes
      .find(({ condition, active, decidedIndex }) => condition === 'asystole' && active && decidedIndex > onsetS * fs);
    return { record: name, delayMs: alarm ? (alarm.decidedIndex / fs - onsetS) * 1000 : Infinity };
  });
}

import { describe, expect, it } from 'vitest';
import type { RhythmCondition } from '../../../../ecg/alarm.ts';
import type { RhythmChange } from '../../../../ecg/rhythm.ts';
import { addNoise, regular, syntheticEcg, type SyntheticBeat } from '../../../helpers/synthetic-ecg.ts';
import { streamRhythm } from '../../../helpers/stream-rhythm.ts';

const FS = 250;
const VENTRICULAR = { width: 0.04, r: -1400, t: 500 };

function changesOf(seconds: number, beats: readonly SyntheticBeat[]): readonly RhythmChange[] {
  return streamRhythm([addNoise(syntheticEcg(FS, seconds, beats), 10, 4)], { fs: FS }).changes;
}
const raised = (changes: readonly RhythmChange[]): Set<RhythmCondition> => new Set(changes.filter(({ active }) => active).map(({ condition }) => condition));
const of = (changes: readonly RhythmChange[], wanted: RhythmCondition): RhythmChange[] => changes.filter(({ condition }) => condition === wanted);

/** A normal beat every `rr` seconds; `ventricular` says which of them come early, by a share of `rr`, and wide. */
function ectopic(rr: number, seconds: number, ventricular: (index: number) => boolean, early = 0.35): SyntheticBeat[] {
  return Array.from({ length: Math.floor((seconds - 1) / rr) }, (_, i) => (ventricular(i) ? { at: 0.8 + (i - early) * rr, ...VENTRICULAR } : { at: 0.8 + i * rr }));
}

describe('arrhythmias that are not lethal', () => {
  it('every second beat ventricular is bigeminy, known after its third pair and over once for all', () => {
    const changes = changesOf(120, ectopic(0.8, 120, (i) => i > 40 && i <= 70 && i % 2 === 0));
    const [begin, end, ...more] = of(changes, 'ventricularBigeminy');
    expect(begin?.active).toBe(true);
    expect(begin!.decidedIndex / FS).toBeGreaterThan(36);
    expect(begin!.decidedIndex / FS).toBeLessThan(42);
    expect(end?.active).toBe(false);
    expect(more).toEqual([]);
    expect(raised(changes)).not.toContain('atrialFibrillation');
    expect(raised(changes)).not.toContain('ventricularRun');
  });

  it('two ventricular beats in a row are a couplet, and three a run, and neither a tachycardia', () => {
    const two = raised(changesOf(60, ectopic(0.8, 60, (i) => i === 40 || i === 41)));
    expect(two).toContain('ventricularCouplet');
    expect(two).not.toContain('ventricularRun');
    const three = raised(changesOf(60, [...regular(0.8, 0.8, 40), ...regular(0.45, 40.2, 41.5, VENTRICULAR), ...regular(0.8, 42.2, 59)]));
    expect(three).toContain('ventricularRun');
    expect(three).not.toContain('ventricularCouplet');
    expect(three).not.toContain('ventricularTachycardia');
  });

  it.each([
    ['one ventricular beat after one normal one', 2, 1],
    ['one ventricular beat after two normal ones', 3, 1],
    ['two ventricular beats after one normal one', 3, 2],
  ])('%s, over and over above 100 bpm, are no tachycardia, and five in a row behind them are one at once', (_, cycle, ventricular) => {
    const before = ectopic(0.55, 60, (i) => i > 40 && i % cycle < ventricular, 0.2).filter(({ at }) => at < 55);
    const last = before.findLastIndex((beat) => beat.r === undefined);
    const first = before[last]!.at + 0.44;
    const run = regular(0.44, first, first + 4.5 * 0.44, VENTRICULAR);
    const changes = changesOf(75, [...before.slice(0, last + 1), ...run, ...regular(0.8, run.at(-1)!.at + 1, 74)]);
    const begins = of(changes, 'ventricularTachycardia').filter(({ active }) => active);
    expect(begins.length).toBe(1);
    expect(Math.abs(begins[0]!.onsetIndex / FS - first)).toBeLessThan(0.1);
    expect(begins[0]!.decidedIndex / FS).toBeLessThan(run.at(-1)!.at + 0.5);
  });

  it('more than ten ventricular beats in a minute are frequent; ten are not', () => {
    expect(raised(changesOf(120, ectopic(0.8, 120, (i) => i > 30 && i % 6 === 0)))).toContain('frequentVentricularBeats');
    expect(raised(changesOf(120, ectopic(0.8, 120, (i) => i > 30 && i % 12 === 0)))).not.toContain('frequentVentricularBeats');
  });

  it('three seconds without a beat are a pause and no asystole, raised before the next beat', () => {
    const changes = changesOf(60, [...regular(0.8, 0.8, 30), ...regular(0.8, 33, 59)]);
    const [begin, end, ...more] = of(changes, 'pause');
    expect(begin!.decidedIndex).toBeLessThan(33 * FS);
    expect(end?.active).toBe(false);
    expect(more).toEqual([]);
    expect(raised(changes)).not.toContain('asystole');
  });

  it('intervals without order are atrial fibrillation after 30 s of them, and it ends 30 s after they are in order', () => {
    let state = 7;
    const uniform = (): number => (state = (state * 16807) % 2147483647) / 2147483647;
    const beats = regular(0.8, 0.8, 60);
    let at = 60.5;
    for (; at < 180; at += 0.45 + 0.6 * uniform()) beats.push({ at });
    beats.push(...regular(0.8, at, 300));
    const changes = of(changesOf(301, beats), 'atrialFibrillation');
    expect(changes.map(({ active }) => active)).toEqual([true, false]);
    expect(changes[0]!.decidedIndex / FS).toBeGreaterThan(90);
    expect(changes[0]!.decidedIndex / FS).toBeLessThan(125);
    expect(changes[1]!.decidedIndex / FS).toBeGreaterThan(205);
  });

  it('breathing that quickens and slows the heart is no atrial fibrillation', () => {
    const beats: SyntheticBeat[] = [];
    for (let at = 0.8; at < 170; at += 0.85 + 0.15 * Math.sin((2 * Math.PI * at) / 4)) beats.push({ at });
    expect([...raised(changesOf(171, beats))]).toEqual([]);
  });
});

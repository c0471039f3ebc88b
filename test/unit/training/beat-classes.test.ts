import { describe, expect, it } from 'vitest';
import { BEAT_FEATURES, FEATURES_AT_ONCE, ventricularOdds, type BeatFeature } from '../../../ecg/rhythm/beat-features.ts';
import { BEAT_WEIGHTS } from '../../../ecg/rhythm/beat-weights.ts';
import { hz } from '../../../ecg/units.ts';
import { annotatedBeats, isTuningRecord, type AnnotatedBeat } from '../../../training/beat-classes/annotated-beats.ts';
import { weightsModule } from '../../../training/beat-classes/command.ts';
import { consensus } from '../../../training/beat-classes/consensus.ts';
import { mitdbExamples, ptbXlExamples, type Example } from '../../../training/beat-classes/examples.ts';
import { fitWeights } from '../../../training/beat-classes/fit.ts';
import { learn } from '../../../training/beat-classes/learn.ts';
import { measureBeats } from '../../../training/beat-classes/measure.ts';
import { chosenRows, hasVentricularBeats, twice, type BeatEvent } from '../../../training/beat-classes/ten-seconds.ts';
import { confusion, leaveRecordsOut, recordAuc, validationTable } from '../../../training/beat-classes/validation.ts';
import { recordingsDirectory } from '../../../stream/recordings/library.ts';
import type { PtbXlRow } from '../../../training/data/ptb-xl.ts';
import { itOnRecordings } from '../../helpers/recordings.ts';
import { addNoise, syntheticEcg, type SyntheticBeat } from '../../helpers/synthetic-ecg.ts';
import fc from '../../helpers/properties.ts';

const FS = hz(250);
const SECONDS = 60;

/** A patient whose every fifth beat is ventricular where told so, and early like it where not. */
function patient(seed: number, ventricular: boolean, fromS = 0): AnnotatedBeat[] {
  const rr = 0.7 + 0.03 * seed;
  const course: (SyntheticBeat & { wide: boolean })[] = Array.from({ length: Math.floor((SECONDS - 2) / rr) }, (_, i) => {
    const odd = i % 5 === 4;
    const wide = odd && ventricular;
    return { at: 0.8 + (i - (odd ? 0.3 : 0)) * rr, wide, ...(wide ? { width: 0.035 + 0.002 * seed, r: seed % 2 === 0 ? -1200 : 1500, t: -400 } : { r: 900 + 60 * seed }) };
  });
  const samples = addNoise(syntheticEcg(FS, SECONDS, course), 15, seed);
  return measureBeats(samples, FS, 'II').map((beat) => {
    const truth = course.find(({ at }) => Math.abs(at - beat.timeS) < 0.1);
    return { ...beat, timeS: beat.timeS + fromS, record: `${seed}`, channel: 0, truth: truth ? (truth.wide ? 'V' : 'N') : undefined };
  });
}
const eventsOf = (seed: number, ventricular: boolean): BeatEvent[] => patient(seed, ventricular).map(({ timeS, features }) => ({
  record: seed, fold: 1, ventricularRecord: ventricular, seen: (['II', 'V1', 'V5'] as const).map((lead) => ({ lead, timeS, features })) }));

const row = (parts: Partial<PtbXlRow>): PtbXlRow => ({ ecgId: 1, patientId: 1, report: 'sinusrhythmus', statements: {}, extraBeats: '', pacemaker: '', fold: 1, record: '', ...parts });

describe('learning the classes of beats', () => {
  const beats = [1, 2, 3, 4].flatMap((seed) => patient(seed, true, 300));
  const events = [5, 6, 7, 8].flatMap((seed) => eventsOf(seed, seed < 7));

  it.each<[string, readonly BeatFeature[]]>([
    ['before the next beat', FEATURES_AT_ONCE],
    ['with the pause', BEAT_FEATURES],
  ])('tells ventricular beats of patients left out, from those that only come as early, %s', (_, names) => {
    const { weights, examples } = learn(beats, events, names);
    const { found, missed, wrong } = confusion(leaveRecordsOut(beats, examples, names), 0);
    expect(found).toBeGreaterThan(40);
    expect([missed, wrong]).toEqual([0, 0]);
    const another = patient(9, true);
    const odds = (beat: AnnotatedBeat): number => ventricularOdds(weights, beat.features);
    expect(another.filter(({ truth }) => truth === 'V').every((beat) => odds(beat) > 0)).toBe(true);
    expect(patient(10, false).every((beat) => odds(beat) < 0)).toBe(true);
    expect(recordAuc(events, weights, 'II')).toBe(1);
  });

  it('gives the same weights every time, in a module that names the features in their order', () => {
    const learned = (): string => weightsModule({
      atOnce: learn(beats, events, FEATURES_AT_ONCE).weights, settled: learn(beats, events, BEAT_FEATURES).weights }, 'Learned from simulated beats.');
    expect(learned()).toBe(learned());
    expect([...learned().matchAll(/^ {6}(\w+): -?\d/gm)].map(([, name]) => name)).toEqual([...FEATURES_AT_ONCE, ...BEAT_FEATURES]);
  });

  it('prints sensitivity and predictive value with their counts, and whose beats were mistaken', () => {
    const judged = [['100', 'V', 3], ['100', 'V', 1], ['102', 'N', 4], ['102', 'F', 4], ['102', undefined, 5], ['100', 'V', 9]] as const;
    const table = validationTable(judged.map(([record, truth, odds]) => ({ record, truth, odds, channel: 0 })), [2], 2);
    expect(table).toContain('| 1 | 2.0 (in use) | 66.67 (2/3) | 50.00 (2/4) |');
    expect(table).toContain('100: 1 missed, 0 wrong; 102: 0 missed, 2 wrong');
  });
});

describe('the annotated beats of mitdb', () => {
  it('are those of even-numbered records', () => {
    expect(['100', '101', '233', '234'].filter(isTuningRecord)).toEqual(['100', '234']);
  });

  itOnRecordings('carry what the annotators said of them, in each channel', ['mitdb'], async () => {
    const beats = annotatedBeats(await recordingsDirectory('mitdb'), undefined, ['100']);
    for (const channel of [0, 1]) {
      const of = (truth: AnnotatedBeat['truth']): number => beats.filter((beat) => beat.channel === channel && beat.truth === truth).length;
      // The record has 2,239 normal, 33 atrial premature and one ventricular beat; the first few beats cannot be judged.
      expect([of('V'), of('S')]).toEqual([1, 33]);
      expect(of('N')).toBeGreaterThan(2220);
      expect(of(undefined)).toBeLessThan(5);
    }
  });
});

describe('what a beat counts in learning', () => {
  const NOTHING = new Float32Array(0);
  it('is so much that no class of a channel counts for more than 200 beats, or of a lead of ten seconds for more than two', () => {
    const counts = fc.record({ normal: fc.integer({ min: 1, max: 600 }), ventricular: fc.integer({ min: 1, max: 600 }) });
    fc.assert(fc.property(counts, ({ normal, ventricular }) => {
      const beats = ([['N', normal], ['V', ventricular]] as const).flatMap(([truth, count]) =>
        Array.from({ length: count }, (): AnnotatedBeat => ({ record: '100', channel: 0, truth, timeS: 0, features: NOTHING })));
      const weight = (of: readonly Example[], of1: 0 | 1): number => of.reduce((sum, one) => sum + (one.ventricular === of1 ? one.weight : 0), 0);
      const annotated = mitdbExamples(beats);
      expect(weight(annotated, 0)).toBeCloseTo(Math.min(200, normal), 6);
      expect(weight(annotated, 1)).toBeCloseTo(Math.min(200, ventricular), 6);
      const event = (record: number): BeatEvent => ({ record, fold: 1, ventricularRecord: true, seen: [{ lead: 'II', timeS: 0, features: NOTHING }] });
      const events = [...Array.from({ length: normal }, () => event(1)), event(2), ...Array.from({ length: ventricular }, () => event(1))];
      const examples = ptbXlExamples(events, [...Array.from({ length: normal }, () => 0 as const), 0, ...Array.from({ length: ventricular }, () => 1 as const)], 10);
      // The only beat of one record beside the many of another: as much as one, of as much as two at most.
      expect(examples[normal]!.weight / weight(examples, 0)).toBeCloseTo(1 / (1 + Math.min(2, normal)), 6);
      expect([weight(examples, 0), weight(examples, 1)].map((sum) => sum.toFixed(6))).toEqual(['64.000000', '16.000000']);
    }), { numRuns: 50 });
  });
});

describe('the weights that ship', () => {
  it('are for the features that are measured, in their order', () => {
    expect(Object.keys(BEAT_WEIGHTS.atOnce.weights)).toEqual([...FEATURES_AT_ONCE]);
    expect(Object.keys(BEAT_WEIGHTS.settled.weights)).toEqual([...BEAT_FEATURES]);
  });
});

describe('a record of PTB-XL', () => {
  it.each([
    ['that states PVC', { statements: { PVC: 100 } }, true],
    ['with VES counted', { extraBeats: '2VES' }, true],
    ['with supraventricular ones counted', { extraBeats: '1SVES' }, false],
    ['with extrasystoles of no said kind', { extraBeats: '1ES' }, undefined],
    ['whose report alone speaks of some', { report: 'vereinzelt EXTRASYSTOLEN' }, undefined],
    ['of a paced patient', { statements: { PVC: 100 }, pacemaker: 'ja, pacemaker' }, undefined],
    ['with nothing of the kind', {}, false],
  ] as const)('%s is taken for what it says', (_, parts, expected) => {
    expect(hasVentricularBeats(row(parts))).toBe(expected);
  });

  it('is taken where it has ventricular beats or what they are mistaken for, and now and then otherwise, the same every time', () => {
    const rows = Array.from({ length: 400 }, (_, i) => row({ ecgId: i, fold: i % 10 + 1, statements: i % 4 === 0 ? { AFIB: 0 } : { NORM: 100 } }));
    const chosen = chosenRows(rows, [1, 2, 5], 1);
    expect(chosenRows(rows, [1, 2, 5], 1)).toEqual(chosen);
    expect(chosen.filter((one) => 'AFIB' in one.row.statements)).toHaveLength(rows.filter((one) => 'AFIB' in one.statements && [1, 2, 5].includes(one.fold)).length);
    expect(chosen.filter((one) => 'NORM' in one.row.statements).length).toBeLessThan(30);
  });

  it('goes over into its second showing without a jump', () => {
    const samples = Float32Array.from({ length: 1000 }, (_, i) => i);
    const shown = twice(samples, 100);
    expect(shown).toHaveLength(2000);
    expect(Math.abs(shown[1000]! - shown[999]!)).toBeLessThan(25);
    expect(shown[1999]).toBeCloseTo(samples[999]!, 0);
  });
});

describe('what the leads of a record say together', () => {
  const event = (record: number, ventricularRecord: boolean, ...odds: number[]): BeatEvent => ({
    record, fold: 1, ventricularRecord, seen: odds.map((value, i) => ({ lead: (['I', 'II', 'V1', 'V2', 'V5'] as const)[i]!, timeS: 1, features: Float32Array.of(value) })) });
  const of = (events: BeatEvent[]): (0 | 1 | undefined)[] => consensus(events, (features) => features[0]!);

  it('makes its foremost beat ventricular, and those well below it not', () => {
    expect(of([event(1, true, -1, -0.5, -0.5), event(1, true, -3, -3, -3), event(1, true, -1, -1, -1)])).toEqual([1, 0, undefined]);
  });

  it('is nothing where few leads saw the beat', () => {
    expect(of([event(1, true, 4, 4)])).toEqual([undefined]);
  });

  it('never finds a ventricular beat in a record that has none', () => {
    fc.assert(fc.property(fc.array(fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 1, maxLength: 5 })), (odds) => {
      expect(of(odds.map((leads) => event(1, false, ...leads)))).not.toContain(1);
    }));
  });
});

describe('fitted weights', () => {
  const NAMES = ['unlikeSquared', 'farther'] as const;
  /** @param values of NAMES */
  const exampleOf = (values: readonly number[], ventricular: 0 | 1, weight: number): Example => {
    const features = new Float32Array(BEAT_FEATURES.length);
    NAMES.forEach((name, i) => (features[BEAT_FEATURES.indexOf(name)] = values[i]!));
    return { features, ventricular, weight, record: undefined };
  };
  const example = fc.record({ values: fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), ventricular: fc.boolean(), weight: fc.integer({ min: 1, max: 5 }) })
    .map(({ values, ventricular, weight }) => exampleOf(values, ventricular ? 1 : 0, weight));
  const bothClasses = fc.array(example, { minLength: 2, maxLength: 40 }).filter((all) => new Set(all.map(({ ventricular }) => ventricular)).size === 2);

  it('expect as many ventricular beats as there are, however well or badly beats can be told apart', () => {
    fc.assert(fc.property(bothClasses, (examples) => {
      const weights = fitWeights(examples, NAMES);
      const expected = examples.reduce((sum, { features, weight }) => sum + weight / (1 + Math.exp(-ventricularOdds(weights, features))), 0);
      expect(expected).toBeCloseTo(examples.reduce((sum, { ventricular, weight }) => sum + weight * ventricular, 0), 6);
    }), { numRuns: 200 });
  });

  it('are found where few beats bear on a weight and a whole step of the method would go up', () => {
    const seen: [unlikeSquared: number, farther: number, ventricular: 0 | 1, weight: number][] = [[7, 3, 1, 2], [0, 0, 1, 1], [-6, 0, 0, 1], [6, 3, 0, 3]];
    const { constant, weights } = fitWeights(seen.map(([unlikeSquared, farther, ventricular, weight]) => exampleOf([unlikeSquared, farther], ventricular, weight)), NAMES);
    for (const value of [constant, ...Object.values(weights)]) expect(Math.abs(value)).toBeLessThan(100);
  });

  it('say of a beat that counts double what they say of one that was seen twice', () => {
    fc.assert(fc.property(bothClasses, (examples) => {
      const one = fitWeights(examples, NAMES);
      const other = fitWeights(examples.flatMap((own) => Array.from({ length: own.weight }, () => ({ ...own, weight: 1 }))), NAMES);
      for (const { features } of examples) expect(ventricularOdds(one, features)).toBeCloseTo(ventricularOdds(other, features), 5);
    }), { numRuns: 100 });
  });

  it('take no notice of features that may not count', () => {
    fc.assert(fc.property(bothClasses, (examples) => {
      const other = BEAT_FEATURES.indexOf('unlikeSquared');
      const without = examples.map((own) => ({ ...own, features: own.features.map((value, i) => (i === other ? 0 : value)) }));
      expect(fitWeights(examples, ['farther'])).toEqual(fitWeights(without, ['farther']));
    }), { numRuns: 20 });
  });
});

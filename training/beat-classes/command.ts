/**
 * `leadwatch train-beat-classes`: fits the weights that tell ventricular beats, on even-numbered records of mitdb and folds 1
 * to 8 of PTB-XL, and writes ecg/rhythm/beat-weights.ts. Needs no TensorFlow and no accelerator: ten minutes of one core.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { BEAT_FEATURES, FEATURES_AT_ONCE, type BeatFeature, type BeatWeights, type ClassifierWeights } from '../../ecg/rhythm/beat-features.ts';
import { VENTRICULAR_ODDS } from '../../ecg/rhythm/lead-odds.ts';
import { recordingsDirectory } from '../../stream/recordings/library.ts';
import { CHOICE_FOLD, readDatabase, TRAIN_FOLDS } from '../data/ptb-xl.ts';
import { annotatedBeats, type AnnotatedBeat } from './annotated-beats.ts';
import { learn } from './learn.ts';
import { beatEvents, chosenRows, type BeatEvent } from './ten-seconds.ts';
import { leaveRecordsOut, recordAuc, validationTable } from './validation.ts';

/** Draws the records of PTB-XL. */
const SEED = 1;
const THRESHOLDS = [1, 1.5, 2, 2.5, 3, 3.5, 4];
const WEIGHTS_FILE = join('ecg', 'rhythm', 'beat-weights.ts');
const DIGITS = 5;
/** What is said of beats at once before anything is learned: that none is ventricular. */
const NOTHING_SAID: BeatWeights = { constant: -6, weights: {} };

function weightsLines(name: string, { constant, weights }: BeatWeights): string[] {
  return [
    `  ${name}: {`,
    `    constant: ${Number(constant.toPrecision(DIGITS))},`,
    '    weights: {',
    ...Object.entries(weights).map(([feature, weight]) => `      ${feature}: ${Number(weight.toPrecision(DIGITS))},`),
    '    },',
    '  },',
  ];
}

/** The module that the analysis imports. @param trainedOn a sentence for its head */
export function weightsModule({ atOnce, settled }: ClassifierWeights, trainedOn: string): string {
  return [
    '/**',
    ' * Weights of the beat classifier. Written by `npm run train-beat-classes`; not to be edited.',
    ` * ${trainedOn}`,
    ' */',
    "import type { ClassifierWeights } from './beat-features.ts';",
    '',
    'export const BEAT_WEIGHTS: ClassifierWeights = {',
    ...weightsLines('atOnce', atOnce),
    ...weightsLines('settled', settled),
    '};',
    '',
  ].join('\n');
}

export async function main(args: string[]): Promise<void> {
  await new Command()
    .name('leadwatch train-beat-classes')
    .description('Fit the classes of beats on even-numbered records of mitdb and folds 1 to 8 of PTB-XL; prints how well they do in patients left out.')
    .option('--out <file>', 'where the weights go', WEIGHTS_FILE)
    .option('--no-validation', 'fit and write only')
    .action(async ({ out, validation }: { out: string; validation: boolean }) => {
      const mitdb = await recordingsDirectory('mitdb');
      const ptbXl = await recordingsDirectory('ptb-xl');
      const chosen = chosenRows(readDatabase(ptbXl), [...TRAIN_FOLDS, CHOICE_FOLD], SEED);
      console.error(`PTB-XL: ${chosen.length} records, ${chosen.filter(({ ventricular }) => ventricular).length} with ventricular beats`);
      // What is said at once decides which intervals and shapes are usual, so that what is measured depends on it: hence a second time.
      const measure = (atOnce: BeatWeights): { beats: AnnotatedBeat[]; events: BeatEvent[]; learned: BeatEvent[] } => {
        const weights = { atOnce, settled: NOTHING_SAID };
        const beats = annotatedBeats(mitdb, weights);
        const events = chosen.flatMap((row) => beatEvents(ptbXl, row, weights));
        console.error(`measured ${beats.length} beats of two channels of mitdb, even-numbered, and ${events.length} of PTB-XL`);
        return { beats, events, learned: events.filter(({ fold }) => fold !== CHOICE_FOLD) };
      };
      const first = measure(NOTHING_SAID);
      const { weights: atOnce } = learn(first.beats, first.learned, FEATURES_AT_ONCE);
      const { beats, events, learned } = measure(atOnce);
      const { weights: settled, examples } = learn(beats, learned, BEAT_FEATURES);
      const ofPtbXl = examples.filter(({ record }) => record === undefined).length;
      const records = new Set(beats.map(({ record }) => record)).size;
      writeFileSync(out, weightsModule({ atOnce, settled },
        `Learned from ${examples.length - ofPtbXl} beats of the ${records} even-numbered records of mitdb and ${ofPtbXl} of PTB-XL, folds 1 to 8.`));
      console.log(`wrote ${out}`);
      if (!validation) return;
      const heldOut = events.filter(({ fold }) => fold === CHOICE_FOLD);
      const report = (title: string, of: BeatWeights, names: readonly BeatFeature[]): void => {
        console.log(`\n${title}\n\nmitdb, even-numbered, from 5:00, one channel at a time, records left out of the last fit in turn:\n`);
        console.log(validationTable(leaveRecordsOut(beats, examples, names), THRESHOLDS, VENTRICULAR_ODDS.above));
        const areas = (['II', 'V1', 'V5'] as const).map((lead) => `${lead} ${recordAuc(heldOut, of, lead)?.toFixed(3) ?? '-'}`);
        console.log(`\nPTB-XL fold ${CHOICE_FOLD}, whether ten seconds have a ventricular beat, AUC of one lead's highest odds: ${areas.join(', ')}`);
      };
      report('At once', atOnce, FEATURES_AT_ONCE);
      report('Settled, with the pause', settled, BEAT_FEATURES);
    })
    .parseAsync(args, { from: 'user' });
}

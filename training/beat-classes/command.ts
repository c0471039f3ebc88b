/**
 * `leadwatch train-beat-classes`: fits the weights that tell ventricular beats, on even-numbered records of mitdb and folds 1
 * to 8 of PTB-XL, and writes ecg/rhythm/beat-weights.ts. Needs no TensorFlow and no accelerator: some minutes of one core.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { BEAT_FEATURES, FEATURES_AT_ONCE, type BeatFeature, type BeatWeights } from '../../ecg/rhythm/beat-features.ts';
import { SETTLED_VENTRICULAR_ODDS, VENTRICULAR_ODDS } from '../../ecg/rhythm/lead-odds.ts';
import { recordingsDirectory } from '../../stream/recordings/library.ts';
import { CHOICE_FOLD, readDatabase, TRAIN_FOLDS } from '../data/ptb-xl.ts';
import { annotatedBeats } from './annotated-beats.ts';
import { fitWeights } from './fit.ts';
import { learn } from './learn.ts';
import { beatEvents, chosenRows } from './ten-seconds.ts';
import { leaveRecordsOut, recordAuc, validationTable } from './validation.ts';

/** Draws the beats of records that have many, and the records of PTB-XL. */
const SEED = 1;
const THRESHOLDS = [1, 1.5, 2, 2.5, 3, 3.5, 4];
const WEIGHTS_FILE = join('ecg', 'rhythm', 'beat-weights.ts');
const DIGITS = 5;

/** The module that the analysis imports. @param trainedOn a sentence for its head */
export function weightsModule({ constant, weights }: BeatWeights, trainedOn: string): string {
  return [
    '/**',
    ' * Weights of the beat classifier. Written by `npm run train-beat-classes`; not to be edited.',
    ` * ${trainedOn}`,
    ' */',
    "import type { BeatWeights } from './beat-features.ts';",
    '',
    'export const BEAT_WEIGHTS: BeatWeights = {',
    `  constant: ${Number(constant.toPrecision(DIGITS))},`,
    '  weights: {',
    ...Object.entries(weights).map(([name, weight]) => `    ${name}: ${Number(weight.toPrecision(DIGITS))},`),
    '  },',
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
      const beats = annotatedBeats(await recordingsDirectory('mitdb'));
      console.error(`mitdb, even-numbered: ${beats.length} beats of two channels`);
      const directory = await recordingsDirectory('ptb-xl');
      const chosen = chosenRows(readDatabase(directory), [...TRAIN_FOLDS, CHOICE_FOLD], SEED);
      const events = chosen.flatMap((row) => beatEvents(directory, row));
      console.error(`PTB-XL: ${chosen.length} records, ${chosen.filter(({ ventricular }) => ventricular).length} with ventricular beats`);
      const { weights, examples } = learn(beats, events.filter(({ fold }) => fold !== CHOICE_FOLD), SEED);
      const ofPtbXl = examples.filter(({ record }) => record === undefined).length;
      const records = new Set(beats.map(({ record }) => record)).size;
      writeFileSync(out, weightsModule(weights,
        `Learned from ${examples.length - ofPtbXl} beats of the ${records} even-numbered records of mitdb and ${ofPtbXl} of PTB-XL, folds 1 to 8.`));
      console.log(`wrote ${out}`);
      if (!validation) return;
      const heldOut = events.filter(({ fold }) => fold === CHOICE_FOLD);
      const report = (title: string, of: BeatWeights, names: readonly BeatFeature[], above: number): void => {
        console.log(`\n${title}\n\nmitdb, even-numbered, from 5:00, one channel at a time, records left out in turn:\n`);
        console.log(validationTable(leaveRecordsOut(beats, examples, names), THRESHOLDS, above));
        const areas = (['II', 'V1', 'V5'] as const).map((lead) => `${lead} ${recordAuc(heldOut, of, lead)?.toFixed(3) ?? '-'}`);
        console.log(`\nPTB-XL fold ${CHOICE_FOLD}, whether ten seconds have a ventricular beat, AUC of one lead's highest odds: ${areas.join(', ')}`);
      };
      report('Classes, with the pause', weights, BEAT_FEATURES, SETTLED_VENTRICULAR_ODDS.above);
      report('What could be known before the next beat', fitWeights(examples, FEATURES_AT_ONCE), FEATURES_AT_ONCE, VENTRICULAR_ODDS.above);
    })
    .parseAsync(args, { from: 'user' });
}

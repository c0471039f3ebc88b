/** `leadwatch evaluate arm`: one arm's or baseline's figures, printed, and written to mets.json and arms.md. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { EcgError } from '../ecg/errors.ts';
import { readArms, writeArm } from './evaluation/arms-file.ts';
import { choiceFigures, choiceJson, finalFigures, finalJsonOf } from './evaluation/arms/arm-figures.ts';
import { armsMarkdown } from './evaluation/arms/arms-markdown.ts';
import { armOfModel, armOfNothing, armOfRun, shareOf, type Arm } from './evaluation/arms/open-arm.ts';
import { prepare, type Prepared } from './prepare.ts';

interface Options {
  readonly run?: string;
  readonly model?: string;
  readonly untrained?: string;
  readonly probe?: string;
  readonly final?: boolean;
  readonly results: string;
}

export async function main(args: string[]): Promise<void> {
  await new Command()
    .name('leadwatch evaluate arm')
    .description('Fold-9 figures of one arm, and with --final those of fold 10 and MIT-BIH. Without --probe a run is scored by what it has learnt:\n'
      + 'sentences, its own classes, or, where it has learnt neither, linear probes on 5 % of the labels.')
    .option('--run <directory>', 'a training run; its best epoch')
    .option('--model <directory>', 'instead of a run: an exported model')
    .option('--untrained <config>', 'instead of a run: the random encoder that this configuration would begin with')
    .option('--probe <percent>', 'linear probes on this share of the labels')
    .option('--final', 'fold 10 and MIT-BIH, too: for an arm that is to be reported')
    .option('--results <directory>', 'whose mets.json and arms.md get the figures', 'docs/results')
    .action(async (options: Options) => {
      const arm = await open(options, await prepare());
      const { scoring, facts } = arm;
      const choice = choiceJson(await choiceFigures(scoring));
      const final = options.final ? finalJsonOf(await finalFigures(scoring)) : {};
      await scoring.folds.close();
      const figures = { ...facts, labelsUsed: scoring.labelsUsed, scoredBy: scoring.scoredBy, choice, ...final };
      mkdirSync(options.results, { recursive: true });
      const path = join(options.results, 'mets.json');
      writeArm(path, arm.name, figures);
      writeFileSync(join(options.results, 'arms.md'), armsMarkdown(readArms(path), ceilingIn(options.results)));
      console.log(armsMarkdown({ [arm.name]: figures }));
    })
    .parseAsync(args, { from: 'user' });
}

function open({ run, model, untrained, probe }: Options, prepared: Prepared): Promise<Arm> {
  const share = shareOf(probe);
  if (run !== undefined) return armOfRun(run, prepared, share);
  if (model !== undefined) return armOfModel(model, prepared, share);
  if (untrained !== undefined) return armOfNothing(untrained, prepared, share);
  throw new EcgError('CONFIG_INVALID', 'there is nothing to evaluate', { expected: '--run, --model or --untrained', received: 'none', from: 'evaluate arm' });
}

function ceilingIn(results: string): unknown {
  const path = join(results, 'text-ceiling.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

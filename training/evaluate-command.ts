/** `leadwatch evaluate model [DIRECTORY]`: the fold-9 table of an exported model, printed and written to docs/results. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { evaluateModel } from './evaluate.ts';
import { prepare } from './prepare.ts';

export async function main(args: string[]): Promise<void> {
  await new Command()
    .name('leadwatch evaluate model')
    .description('Zero-shot AUC of a model on PTB-XL fold 9, with intervals, for several lead sets. Needs no TensorFlow.')
    .argument('[directory]', 'of the model', 'models/shipped')
    .option('--results <directory>', 'where model-<config>.json and .md go', 'docs/results')
    .action(async (directory: string, { results }: { results: string }) => {
      const { markdown, json } = await evaluateModel(join(directory, 'manifest.json'), await prepare());
      const { training } = json;
      mkdirSync(results, { recursive: true });
      writeFileSync(join(results, `model-${training.config}.json`), `${JSON.stringify(json, undefined, 2)}\n`);
      writeFileSync(join(results, `model-${training.config}.md`), markdown);
      console.log(markdown);
    })
    .parseAsync(args, { from: 'user' });
}

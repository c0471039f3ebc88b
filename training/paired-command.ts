/** `leadwatch evaluate paired FIRST [SECOND]`: whether a model is better than another on fold 9, printed. */
import { join } from 'node:path';
import { Command } from 'commander';
import { loadManifest } from '../models/manifest.ts';
import { Evaluator } from './evaluation/evaluator.ts';
import { pairedMarkdown, pairedTable } from './evaluation/paired-table.ts';
import { prepare } from './prepare.ts';

export async function main(args: string[]): Promise<void> {
  await new Command()
    .name('leadwatch evaluate paired')
    .description('Differences in AUC between two exported models on fold 9, with intervals: for a choice between them. Needs no TensorFlow.')
    .argument('<first>', 'directory of the model to compare with')
    .argument('[second]', 'directory of the other model', 'models/shipped')
    .action(async (...directories: [string, string]) => {
      const prepared = await prepare();
      const loaded = directories.slice(0, 2).map((directory) => loadManifest(join(directory, 'manifest.json')));
      const [first, second] = [await Evaluator.open(loaded[0]!, prepared), await Evaluator.open(loaded[1]!, prepared)];
      console.log(pairedMarkdown(await pairedTable(first, second), [loaded[0]!.id, loaded[1]!.id]));
      await Promise.all([first.close(), second.close()]);
    })
    .parseAsync(args, { from: 'user' });
}

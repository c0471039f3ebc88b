/** `leadwatch evaluate text-ceiling`: what the text side allows, printed and written to docs/results. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { ceilingMarkdown, textCeiling } from './evaluation/text-ceiling.ts';
import { prepare } from './prepare.ts';

export async function main(args: string[]): Promise<void> {
  await new Command()
    .name('leadwatch evaluate text-ceiling')
    .description('Scores the reports of fold 9 against the labels as if they were ECGs: what a perfect ECG encoder would reach. Needs no model.')
    .option('--results <directory>', 'where text-ceiling.json and .md go', 'docs/results')
    .action(async ({ results }: { results: string }) => {
      const prepared = await prepare();
      const table = await textCeiling(prepared);
      const markdown = ceilingMarkdown(table, prepared.textEncoder.name);
      mkdirSync(results, { recursive: true });
      writeFileSync(join(results, 'text-ceiling.json'), `${JSON.stringify({ textEncoder: prepared.textEncoder, fold: 9, rows: table }, undefined, 2)}\n`);
      writeFileSync(join(results, 'text-ceiling.md'), markdown);
      console.log(markdown);
    })
    .parseAsync(args, { from: 'user' });
}

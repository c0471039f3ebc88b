/** `leadwatch evaluate model [DIRECTORY]`: every table of an exported model, printed and written to docs/results. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { loadLabelBank } from '../models/label-bank.ts';
import { loadManifest } from '../models/manifest.ts';
import { writeTables } from './evaluation/arms-file.ts';
import { choiceClasses, choiceClassesMarkdown } from './evaluation/choice-classes.ts';
import { choiceMarkdown, choiceTable } from './evaluation/choice-table.ts';
import { abstentionSvg, reliabilitySvg } from './evaluation/diagrams.ts';
import { encoderMsPerSegment } from './evaluation/encoder-time.ts';
import { Evaluator } from './evaluation/evaluator.ts';
import { explanations } from './evaluation/explanations.ts';
import { finalJson } from './evaluation/final-json.ts';
import { finalMarkdown } from './evaluation/final-markdown.ts';
import { finalTables } from './evaluation/final-tables.ts';
import { CHOICE_FOLD, FINAL_FOLD } from './data/ptb-xl.ts';
import { prepare } from './prepare.ts';

interface Options {
  readonly results: string;
  readonly choose?: boolean;
}

export async function main(args: string[]): Promise<void> {
  await new Command()
    .name('leadwatch evaluate model')
    .description('All tables of a model on PTB-XL fold 10 and MIT-BIH, with intervals. Run it once, for a model that is to be reported; `--choose` looks at fold 9. Needs no TensorFlow.')
    .argument('[directory]', 'of the model', 'models/shipped')
    .option('--results <directory>', 'where mets.json, mets.md and the diagrams go', 'docs/results')
    .option('--choose', `fold ${CHOICE_FOLD} instead: what each way to make labels reaches, and the tables; nothing is written`)
    .action(async (directory: string, { results, choose }: Options) => {
      const loaded = loadManifest(join(directory, 'manifest.json'));
      const evaluator = await Evaluator.open(loaded, await prepare());
      const fold = choose ? CHOICE_FOLD : FINAL_FOLD;
      const tables = await finalTables(evaluator, loadLabelBank(loaded), fold, (name) => console.error(`${new Date().toISOString().slice(11, 19)} ${name}`));
      const markdown = finalMarkdown(loaded, fold, tables, await explanations(evaluator, fold));
      console.log(markdown);
      if (choose) console.log(`${choiceMarkdown(await choiceTable(evaluator))}\n${choiceClassesMarkdown(await choiceClasses(evaluator))}`);
      else {
        const json = finalJson(loaded, tables, await encoderMsPerSegment(loaded));
        mkdirSync(results, { recursive: true });
        writeTables(join(results, 'mets.json'), json);
        const files = { 'mets.md': markdown, 'mets-reliability.svg': reliabilitySvg(tables.calibration), 'mets-abstention.svg': abstentionSvg(tables.abstention) };
        for (const [name, content] of Object.entries(files)) writeFileSync(join(results, name), content);
      }
      await evaluator.close();
    })
    .parseAsync(args, { from: 'user' });
}

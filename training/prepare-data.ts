/** `leadwatch prepare-data`: makes everything training reads, once; an interrupted run goes on where it stopped. */
import { Command } from 'commander';
import { prepare } from './prepare.ts';

/** Untranslated words listed at the end. */
const WORDS_LISTED = 20;

export async function main(args: string[]): Promise<void> {
  await new Command()
    .name('leadwatch prepare-data')
    .description('Prepare PTB-XL for training: cleaned and translated reports, frozen text embeddings, signal shards (all in the cache).')
    .action(async () => {
      const { rows, texts, textOf, coverage } = (await prepare()).data;
      const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
      console.log(`records: ${rows.length}, with a report: ${textOf.filter((text) => text >= 0).length}, distinct texts: ${texts.length}`);
      console.log(`glossary: ${percent(coverage.translated / coverage.words)} of ${coverage.words} words translated, ${percent(coverage.english)} English afterwards`);
      console.log(`not translated: ${coverage.unknown.slice(0, WORDS_LISTED).map(([word, count]) => `${word} ${count}`).join(', ')}`);
    })
    .parseAsync(args, { from: 'user' });
}

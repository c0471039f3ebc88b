/**
 * `leadwatch explain-index`: the sentences of PTB-XL's reports, in the cache, for explaining what a segment looks like. They
 * stay on the machine that has the database; nothing of them ships.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command } from 'commander';
import type { Glossary } from '../models/glossary.ts';
import { loadGlossary } from '../models/glossary.ts';
import { sentenceIndexPath } from '../models/sentence-index.ts';
import { embedCached } from '../models/text-embeddings.ts';
import { openTextEncoder } from '../models/text-encoder.ts';
import { recordingsDirectory } from '../stream/recordings/library.ts';
import { readDatabase } from './data/ptb-xl.ts';
import { cleanReport } from './data/reports.ts';

/** A sentence that one report alone has says more about one patient than about ECGs. */
const REPORTS_WITH_IT = 2;
const SHORTEST = 4;

/** @returns English sentences, the most frequent first */
export function reportSentences(reports: readonly string[], glossary: Glossary): string[] {
  const seen = new Map<string, number>();
  for (const report of reports) {
    const cleaned = cleanReport(report);
    if (cleaned === undefined) continue;
    const sentences = glossary.translate(cleaned).text.split(/[.;](?=\s|$)/).map((sentence) => sentence.trim());
    for (const sentence of new Set(sentences)) {
      if (sentence.replace(/[^a-z]/g, '').length >= SHORTEST) seen.set(sentence, (seen.get(sentence) ?? 0) + 1);
    }
  }
  return [...seen].filter(([, count]) => count >= REPORTS_WITH_IT).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([sentence]) => sentence);
}

export async function main(args: string[]): Promise<void> {
  await new Command()
    .name('leadwatch explain-index')
    .description('Index the sentences of PTB-XL\'s reports (into the cache), so that /explain names the nearest of them.')
    .action(async () => {
      const sentences = reportSentences(readDatabase(await recordingsDirectory('ptb-xl')).map(({ report }) => report), loadGlossary());
      const encoder = await openTextEncoder();
      await embedCached(encoder, sentences, (done, of) => {
        if (done % 500 === 0 || done === of) console.error(`sentences embedded: ${done} of ${of}`);
      });
      const path = sentenceIndexPath(encoder.sha256);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(`${path}.new`, JSON.stringify(sentences), { mode: 0o600 });
      renameSync(`${path}.new`, path);
      await encoder.close();
      console.log(`${sentences.length} sentences in ${path}; a server uses them from its next start`);
    })
    .parseAsync(args, { from: 'user' });
}

/** `leadwatch bench labels`: what typed labels and searches cost. About two minutes, 1.5 GB. */
import { Command } from 'commander';
import { measureOpenVocabulary } from './labels-measures.ts';
import { markdownTable, writeResults, type Figures } from './report.ts';

export async function main(args: string[]): Promise<void> {
  await new Command()
    .name('leadwatch bench labels')
    .description('What typed labels and searches cost: about two minutes, 1.5 GB; writes docs/results/labels.json and .md.')
    .action(measure)
    .parseAsync(args, { from: 'user' });
}

async function measure(): Promise<void> {
  const figures = await measureOpenVocabulary();
  const { labels, search } = figures;
  const plain = (search['plainLoop'] as Figures)['p50Ms'] as number;
  const table = markdownTable(['what', 'median', 'worst or p99', 'event loop p99 meanwhile'], [
    [`typed label to a score at each of ${labels['beds']} beds`, `${labels['medianMs']} ms`, `${labels['maxMs']} ms`, `${labels['eventLoopP99Ms']} ms`],
    [`search over ${search['segments']} segments`, `${search['p50Ms']} ms`, `${search['p99Ms']} ms`, `${search['eventLoopP99Ms']} ms`],
    ['... of one bed of eight', `${(search['oneBed'] as Figures)['p50Ms']} ms`, '', ''],
    ['plain loop over the same, sorted, on the calling thread', `${plain} ms (${(plain / (search['p50Ms'] as number)).toFixed(2)} times the search)`, '', 'blocked'],
  ]);
  const markdown = `# Labels and search\n\n\`npm run bench -- labels\`; docs/labels.md says what is measured.\n\n${table}\n`;
  console.log(markdown);
  console.log(`written to ${writeResults('labels', figures as unknown as Figures, markdown)}`);
}

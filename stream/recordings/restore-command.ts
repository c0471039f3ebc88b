/** `leadwatch data-restore [DATABASE ...]`: restores packed recordings into the cache, so that nothing has to wait for it later. */
import { Argument, Command } from 'commander';
import { DATABASE_TITLES, DATABASES, type Database } from './locate.ts';
import { recordingsDirectory, recordingsFound } from './library.ts';

/** Databases whose restored size makes them worth asking for by name. */
const LARGE: readonly Database[] = ['ptb-xl'];

export async function main(args: string[]): Promise<void> {
  const program = new Command()
    .name('leadwatch data-restore')
    .description('Restore packed recordings into the cache (LEADWATCH_CACHE).')
    .addArgument(new Argument('[database...]', 'what to restore; without it, all that are found except PTB-XL (550 MB)').choices(DATABASES))
    .option('--data <folder>', 'look here instead of LEADWATCH_DATA, ../shared/data or ./data')
    .parse(args, { from: 'user' });
  const { data } = program.opts<{ data?: string }>();
  const options = data === undefined ? {} : { dataDirectory: data };
  const asked = program.args as Database[];
  const wanted = asked.length > 0 ? asked : DATABASES.filter((database) => !LARGE.includes(database) && recordingsFound(database, options));
  for (const database of wanted) {
    const directory = await recordingsDirectory(database, options);
    console.log(`${DATABASE_TITLES[database]}: ${directory}`);
  }
  if (wanted.length === 0) console.log('No recordings were found; `npm run data:fetch` downloads PTB-XL and MIT-BIH.');
}

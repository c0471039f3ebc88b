/** `leadwatch data-fetch`: downloads PTB-XL and the MIT-BIH Arrhythmia Database from PhysioNet, who publish them. */
import { Argument, Command } from 'commander';
import { fetchDatabase, PHYSIONET, PUBLICATIONS, type FetchableDatabase } from './fetch.ts';
import { DATABASE_TITLES, fetchDirectory } from './locate.ts';
import { showProgress } from './progress.ts';

const FETCHABLE = Object.keys(PUBLICATIONS) as FetchableDatabase[];

/** @throws EcgError DATA_FETCH */
export async function main(args: string[]): Promise<void> {
  const program = new Command()
    .name('leadwatch data-fetch')
    .description('Download recordings from PhysioNet. Run it again after an interruption: it continues.')
    .addArgument(new Argument('[database...]', 'what to download; without it, both').choices(FETCHABLE))
    .option('--to <folder>', 'data folder; default LEADWATCH_DATA, else ./data')
    .option('--base-url <url>', 'where the publications lie', PHYSIONET)
    .parse(args, { from: 'user' });
  const { to, baseUrl } = program.opts<{ to?: string; baseUrl: string }>();
  const directory = fetchDirectory(to === undefined ? {} : { dataDirectory: to });
  const asked = program.args as FetchableDatabase[];
  for (const database of asked.length > 0 ? asked : FETCHABLE) {
    const result = await fetchDatabase(database, directory, baseUrl, showProgress);
    console.log(`${DATABASE_TITLES[database]}: ${result.files} files in ${result.directory}, ${result.downloaded} downloaded now`);
  }
}

/** `leadwatch <verb>`: finds the verb, loads its code and nothing else, hands over the arguments. */
import { isEcgError } from './ecg/errors.ts';

interface Verb {
  readonly summary: string;
  readonly load: () => Promise<{ main(args: string[]): Promise<void> }>;
}

const VERBS: Readonly<Record<string, Verb>> = {
  serve: { summary: 'run the server (--demo: with a demo ward of eight beds)', load: () => import('./serve-command.ts') },
  replay: { summary: 'send a recording as a bed', load: () => import('./stream/feed/replay-command.ts') },
  simulate: { summary: 'send simulated patients as beds', load: () => import('./stream/feed/simulate-command.ts') },
  'swap-model': { summary: 'put another model into service on a running server', load: () => import('./stream/swap-model-command.ts') },
  beds: { summary: 'set up the beds of a running server', load: () => import('./stream/feed/beds-command.ts') },
  conform: { summary: 'check a running server, or a device, against the feed contract', load: () => import('./stream/feed/conform-command.ts') },
  'import-record': { summary: 'store a WFDB or EDF record as the past of a bed', load: () => import('./stream/history/import-command.ts') },
  'init-influx': { summary: 'make the buckets of the history in InfluxDB', load: () => import('./stream/history/init-influx-command.ts') },
  'data-restore': { summary: 'unpack recordings into the cache', load: () => import('./stream/recordings/restore-command.ts') },
  'data-fetch': { summary: 'download PTB-XL and MIT-BIH from their publisher', load: () => import('./stream/recordings/fetch-command.ts') },
  'text-encoder-fetch': { summary: 'fetch the frozen text encoder', load: () => import('./models/text-encoder-fetch.ts') },
  'explain-index': { summary: 'index the sentences of PTB-XL\'s reports for /explain', load: () => import('./training/explain-index-command.ts') },
  'prepare-data': { summary: 'make training shards and report embeddings from PTB-XL', load: () => import('./training/prepare-data.ts') },
  train: { summary: 'train a model (--config quick)', load: () => import('./training/train.ts') },
  'train-beat-classes': { summary: 'fit the classes of beats on recordings', load: () => import('./training/beat-classes/command.ts') },
  export: { summary: 'export a trained run as a servable model', load: () => import('./training/export-command.ts') },
  evaluate: { summary: 'evaluate model | arm | paired | text-ceiling | rhythm', load: () => import('./test/evaluate/evaluate-command.ts') },
  bench: { summary: 'measure serving', load: () => import('./test/bench/bench-command.ts') },
};

function usage(): string {
  const width = Math.max(...Object.keys(VERBS).map((name) => name.length));
  const lines = Object.entries(VERBS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return ['usage: leadwatch <verb> [options]', '', ...lines, '', 'Each verb explains itself with --help. Leadwatch is not a medical device.'].join('\n');
}

const [name, ...args] = process.argv.slice(2);
const verb = name === undefined ? undefined : VERBS[name];
if (!verb) {
  const asked = name === undefined || name === '--help' || name === 'help';
  (asked ? console.log : console.error)(asked ? usage() : `expected a verb, received "${name}"\n\n${usage()}`);
  process.exitCode = asked ? 0 : 2;
} else {
  try {
    await (await verb.load()).main(args);
  } catch (error) {
    // A coded error is the user's to mend and says all it knows in one line; anything else is ours, with its stack.
    console.error(isEcgError(error) ? `${error.code}: ${error.message}` : error);
    // What the verb had begun (an encoder process, sockets) must not keep a failed command alive.
    process.exit(1);
  }
}

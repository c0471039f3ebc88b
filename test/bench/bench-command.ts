/** `leadwatch bench <serving>`: measures, prints a table and writes docs/results/. */
import { EcgError } from '../../ecg/errors.ts';
import { asksForHelp, partsUsage, type Part } from '../evaluate/parts.ts';

const BENCHES: Readonly<Record<string, Part>> = {
  serving: { summary: 'beds that one core sustains, beside Python; precisions, soak (what runs where no part is named)', load: () => import('./serving-command.ts') },
  labels: { summary: 'a typed label and a search', load: () => import('./labels-command.ts') },
  'serving-gpu': { summary: 'batches of 1 to 1024 on a GPU, beside PyTorch', load: () => import('./serving-gpu-command.ts') },
  training: { summary: 'a training step, beside PyTorch', load: () => import('./training-command.ts') },
  feeds: { summary: 'frames taken in, malformed frames, a siege', load: () => import('./feeds-command.ts') },
  alerts: { summary: 'from an alarm to its subscribers, and how many alarms there are', load: () => import('./alerts-command.ts') },
  history: { summary: 'appends and queries of the history', load: () => import('./history-command.ts') },
  dashboard: { summary: 'frames of the page in a browser', load: () => import('./dashboard-command.ts') },
};

export async function main([name = 'serving', ...args]: string[]): Promise<void> {
  if (asksForHelp(name)) return console.log(partsUsage('bench', BENCHES));
  const part = BENCHES[name];
  if (!part) throw new EcgError('CONFIG_INVALID', 'nothing to measure under that name', { expected: Object.keys(BENCHES).join(' | '), received: name, from: 'bench' });
  await (await part.load()).main(args);
}

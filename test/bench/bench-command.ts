/** `leadwatch bench <serving>`: measures, prints a table and writes docs/results/. */
import { EcgError } from '../../ecg/errors.ts';

const BENCHES: Readonly<Record<string, () => Promise<{ main(args: string[]): Promise<void> }>>> = {
  serving: () => import('./serving-command.ts'),
  labels: () => import('./labels-command.ts'),
  'serving-gpu': () => import('./serving-gpu-command.ts'),
  training: () => import('./training-command.ts'),
  feeds: () => import('./feeds-command.ts'),
  alerts: () => import('./alerts-command.ts'),
  history: () => import('./history-command.ts'),
  dashboard: () => import('./dashboard-command.ts'),
};

export async function main([name = 'serving', ...args]: string[]): Promise<void> {
  const load = BENCHES[name];
  if (!load) throw new EcgError('CONFIG_INVALID', 'nothing to measure under that name', { expected: Object.keys(BENCHES).join(' | '), received: name, from: 'bench' });
  await (await load()).main(args);
}

/** `leadwatch evaluate <model|arm|paired|text-ceiling|rhythm>`: measures a model, or the model-free rhythm analysis. */
import { EcgError } from '../../ecg/errors.ts';

const EVALUATIONS: Readonly<Record<string, () => Promise<{ main(args: string[]): Promise<void> }>>> = {
  model: () => import('../../training/evaluate-command.ts'),
  arm: () => import('../../training/arm-command.ts'),
  paired: () => import('../../training/paired-command.ts'),
  'text-ceiling': () => import('../../training/text-ceiling-command.ts'),
  rhythm: () => import('./rhythm-command.ts'),
};

export async function main([name, ...args]: string[]): Promise<void> {
  const load = name === undefined ? undefined : EVALUATIONS[name];
  if (!load) throw new EcgError('CONFIG_INVALID', 'nothing to evaluate', { expected: Object.keys(EVALUATIONS).join(' | '), received: name ?? 'nothing', from: 'evaluate' });
  await (await load()).main(args);
}

/** `leadwatch evaluate <model|arm|paired|text-ceiling|rhythm>`: measures a model, or the model-free rhythm analysis. */
import { EcgError } from '../../ecg/errors.ts';
import { asksForHelp, partsUsage, type Part } from './parts.ts';

const EVALUATIONS: Readonly<Record<string, Part>> = {
  model: { summary: 'every table of an exported model: fold 10 and MIT-BIH, or with --choose fold 9', load: () => import('../../training/evaluate-command.ts') },
  arm: { summary: 'a training run, a model or a random encoder on fold 9, with --final on fold 10 and MIT-BIH', load: () => import('../../training/arm-command.ts') },
  paired: { summary: 'whether one model is better than another on fold 9', load: () => import('../../training/paired-command.ts') },
  'text-ceiling': { summary: 'what the reports and prompts allow, before any training', load: () => import('../../training/text-ceiling-command.ts') },
  rhythm: { summary: 'the rhythm analysis without a model', load: () => import('./rhythm-command.ts') },
};

export async function main([name, ...args]: string[]): Promise<void> {
  if (asksForHelp(name)) return console.log(partsUsage('evaluate', EVALUATIONS));
  const part = name === undefined ? undefined : EVALUATIONS[name];
  if (!part) throw new EcgError('CONFIG_INVALID', 'nothing to evaluate', { expected: Object.keys(EVALUATIONS).join(' | '), received: name ?? 'nothing', from: 'evaluate' });
  await (await part.load()).main(args);
}

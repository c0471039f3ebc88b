/** docs/results/arms.md: every arm and baseline of mets.json, made from that file alone. */
import { z } from 'zod';
import { TASK_NAMES } from '../../tasks.ts';

const TESTS = ['superclass', 'form', 'rhythm', 'mitBih'] as const;

const perTaskSchema = z.object({ superclass: z.number(), subclass: z.number(), form: z.number(), rhythm: z.number(), mean: z.number() });
const testSchema = z.object({ f1: z.number(), low: z.number(), high: z.number() });

const armSchema = z.object({
  config: z.string().optional(), learntFrom: z.string().optional(), labelsUsed: z.string(), scoredBy: z.string().optional(),
  width: z.number().optional(), epochs: z.number().optional(), epochsPlanned: z.number().optional(), trainedRecords: z.number().optional(),
  choice: z.object({ auc: z.record(z.string(), perTaskSchema), f1: z.record(z.string(), z.number()) }).optional(),
  superclass: testSchema.optional(), form: testSchema.optional(), rhythm: testSchema.optional(), mitBih: testSchema.optional(),
  auc: z.object({ superclass: z.number(), mean: z.number(), twoLeadSuperclass: z.number() }).optional(),
});
type Arm = z.output<typeof armSchema>;

const ceilingSchema = z.object({ rows: z.array(z.object({
  method: z.string(), auc: z.record(z.string(), z.object({ value: z.number() })), f1: z.record(z.string(), z.number()),
})).min(1) });

const short = (value: number): string => value.toFixed(3).replace(/^0/, '');
const orDash = (value: number | undefined): string => (value === undefined ? '' : short(value));
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

/** @param arms of mets.json @param textCeiling text-ceiling.json, where there is one */
export function armsMarkdown(arms: Readonly<Record<string, unknown>>, textCeiling?: unknown): string {
  const parsed = Object.entries(arms).map(([name, arm]) => [name, armSchema.parse(arm)] as const);
  const chosen = parsed.filter(([, { choice }]) => choice !== undefined);
  const final = parsed.filter(([, arm]) => TESTS.some((test) => arm[test] !== undefined));
  return [
    '# Arms and baselines',
    'Labels are PTB-XL\'s statement codes. "Labels used: none" means none in the loss, the pairs, the label directions or the scores; fold 9\'s codes chose epochs, prompts and the way labels are made, once for all arms. Sentences score as they do for the shipped model ([mets.md](mets.md)), but arms measured before 26 November 2026, 21:00, looked for phrases as letters instead of from the beginnings of words on (less than .001 in the shipped model\'s mean AUC). A linear probe is fitted on the frozen embedding of the labelled patients\' training records, with the leads it is tested with; five classes are told apart by a probe in which each weighs the same. It is stopped after 400 steps, short of its minimum: on embeddings of the shipped model with 5 % of the labels, probes that converged (scikit-learn) tell five classes worse by .02 in F1 and rare labels better by .02 in AUC (fold 9). Five per cent of the labels are those of the same patients for every arm. `npm run evaluate -- arm` measures an arm and writes this file.',
    '## What they are',
    table(['arm', 'learnt from', 'labels used', 'scored by', 'width', 'epochs (chosen of planned)', 'training records'], parsed.map(([name, arm]) => [
      name, arm.learntFrom ?? '', arm.labelsUsed, arm.scoredBy ?? 'linear probes', `${arm.width ?? ''}`, epochsOf(arm), `${arm.trainedRecords ?? ''}`])),
    '## Fold 9, where arms are chosen',
    'Macro AUC with 12 leads and with II and V1, and balanced F1 with 12 leads; the stand-in for MIT-BIH are fold 9\'s records with II and V1 that belong to one of its five classes.',
    table(
      ['arm', ...TASK_NAMES.map((name) => `AUC ${name}`), 'mean', 'AUC superclass, II + V1', 'mean, II + V1', 'F1 superclass', 'F1 form', 'F1 rhythm', 'F1 stand-in'],
      [...chosen.map(([name, { choice }]) => choiceRow(name, choice!)), ...ceilingRow(textCeiling)],
    ),
    '## Fold 10 and MIT-BIH, with 95 % bootstrap intervals (by patient; MIT-BIH by record)',
    final.length === 0 ? 'None yet.' : table(['arm', 'F1 superclass', 'F1 form', 'F1 rhythm', 'F1 MIT-BIH', 'AUC superclass', 'AUC mean', 'AUC superclass, II + V1'], final.map(([name, arm]) => [
      name, ...TESTS.map((test) => intervalOf(arm[test])), orDash(arm.auc?.superclass), orDash(arm.auc?.mean), orDash(arm.auc?.twoLeadSuperclass)])),
    '',
  ].join('\n\n');
}

const epochsOf = ({ epochs, epochsPlanned }: Arm): string => (epochs === undefined ? '' : epochsPlanned === undefined ? `${epochs}` : `${epochs} of ${epochsPlanned}`);

const intervalOf = (test: z.output<typeof testSchema> | undefined): string => (test ? `${short(test.f1)} (${short(test.low)}-${short(test.high)})` : '');

function choiceRow(name: string, { auc, f1 }: NonNullable<Arm['choice']>): string[] {
  const [all, two] = [auc['12 leads'], auc['II + V1']];
  return [name, ...TASK_NAMES.map((task) => orDash(all?.[task])), orDash(all?.mean), orDash(two?.superclass), orDash(two?.mean),
    ...['superclass', 'form', 'rhythm', 'mitBihStandIn'].map((test) => orDash(f1[test]))];
}

/** What a perfect ECG encoder would reach: the reports themselves, by the best of the ways to make labels. */
function ceilingRow(textCeiling: unknown): string[][] {
  if (textCeiling === undefined) return [];
  const meanOf = ({ auc }: { auc: Readonly<Record<string, { value: number }>> }): number => TASK_NAMES.reduce((sum, task) => sum + auc[task]!.value / TASK_NAMES.length, 0);
  const best = ceilingSchema.parse(textCeiling).rows.reduce((a, b) => (meanOf(b) > meanOf(a) ? b : a));
  return [[`the reports themselves (text ceiling: ${best.method})`, ...TASK_NAMES.map((task) => short(best.auc[task]!.value)), short(meanOf(best)), '', '',
    ...['superclass', 'form', 'rhythm'].map((test) => orDash(best.f1[test])), '']];
}

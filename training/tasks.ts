/** The label sets of the zero-shot evaluation: PTB-XL's statements, a label being positive at any likelihood (MERL's protocol). */
import type { PtbXlRow, StatementKind } from './data/ptb-xl.ts';
import { STATEMENT_PROMPTS, SUBCLASS_STATEMENTS, SUPERCLASS_PROMPTS } from './prompts.ts';

export const TASK_NAMES = ['superclass', 'subclass', 'form', 'rhythm'] as const;
export type TaskName = (typeof TASK_NAMES)[number];

export interface TaskLabel {
  readonly id: string;
  readonly prompts: readonly string[];
  isPositive(row: PtbXlRow): boolean;
}

export interface Task {
  readonly name: TaskName;
  readonly labels: readonly TaskLabel[];
}

export function tasksOf(kinds: ReadonlyMap<string, StatementKind>): Task[] {
  const codes = [...kinds.keys()];
  const anyOf = (test: (kind: StatementKind) => boolean) => (row: PtbXlRow): boolean =>
    Object.keys(row.statements).some((code) => {
      const kind = kinds.get(code);
      return kind !== undefined && test(kind);
    });
  const statements = (wanted: (kind: StatementKind) => boolean): TaskLabel[] =>
    codes.filter((code) => wanted(kinds.get(code)!)).map((id) => ({ id, prompts: promptsOf(id), isPositive: (row) => id in row.statements }));
  const subclasses = [...new Set(codes.map((code) => kinds.get(code)!).filter((kind) => kind.diagnostic).map((kind) => kind.subclass))];
  return [
    { name: 'superclass', labels: Object.entries(SUPERCLASS_PROMPTS).map(([id, prompts]) => ({ id, prompts, isPositive: anyOf((kind) => kind.diagnostic && kind.superclass === id) })) },
    { name: 'subclass', labels: subclasses.map((id) => ({
      id,
      prompts: SUBCLASS_STATEMENTS[id]?.flatMap(promptsOf) ?? promptsOf(id),
      isPositive: anyOf((kind) => kind.diagnostic && kind.subclass === id),
    })) },
    { name: 'form', labels: statements((kind) => kind.form) },
    { name: 'rhythm', labels: statements((kind) => kind.rhythm) },
  ];
}

/** Every sentence the tasks ask for. */
export const promptsOfTasks = (tasks: readonly Task[]): string[] => [...new Set(tasks.flatMap(({ labels }) => labels.flatMap(({ prompts }) => prompts)))];

function promptsOf(code: string): readonly string[] {
  const prompts = STATEMENT_PROMPTS[code];
  if (!prompts) throw new RangeError(`no prompts are written for the statement ${code}`);
  return prompts;
}

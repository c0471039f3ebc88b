/**
 * The findings a ward watches for: what goes into a model's label bank. The labels stand in models/label-sets/monitoring.json;
 * here is what only training knows of them. ST elevation and pre-excitation are left out: the quick model told them from
 * others hardly better than chance (fold 9).
 */
import { loadLabelSet } from '../models/label-set.ts';
import type { PtbXlRow } from './data/ptb-xl.ts';

export interface MonitorLabel {
  readonly id: string;
  readonly name: string;
  readonly kind: 'rhythm' | 'diagnostic' | 'form';
  readonly prompts: readonly string[];
  /** PTB-XL statements that count as this finding when a method or threshold is chosen on fold 9; never in training. */
  readonly statements: readonly string[];
  /** Raises an alarm. Only where fold 9 shows that it can. */
  readonly alarm?: {
    readonly priority: 'medium' | 'low';
    readonly dwellMs: number;
    /** Statements for which this alarm is no false one, beside the label's own. */
    readonly alsoRight: readonly string[];
  };
}

/** Fibrillation and flutter are told from each other badly, and answered alike. */
const ALSO_RIGHT: Readonly<Record<string, readonly string[]>> = { 'atrial-fibrillation': ['AFLT'] };

export const MONITOR_LABELS: readonly MonitorLabel[] = loadLabelSet('monitoring').labels.map(({ id, name, kind, prompts, statements, alarm }) => ({
  id, name, kind, prompts, statements,
  ...(alarm && { alarm: { priority: alarm.priority, dwellMs: alarm.dwellMs, alsoRight: ALSO_RIGHT[id] ?? [] } }),
}));

/** Whether a record has the finding, as its statements say. */
export const hasFinding = ({ statements }: MonitorLabel, row: Pick<PtbXlRow, 'statements'>): boolean => statements.some((code) => code in row.statements);

/** Whether the label's alarm would be a false one on a record. */
export const isWronglyAlarmed = (label: MonitorLabel, row: Pick<PtbXlRow, 'statements'>): boolean =>
  !hasFinding(label, row) && !(label.alarm?.alsoRight ?? []).some((code) => code in row.statements);

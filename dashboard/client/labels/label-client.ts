/** The page's side of `/labels` and `/explain` (docs/labels.md). */
import { askServer } from '../server-request.ts';

export type LabelPriority = 'medium' | 'low';

export interface LabelAlarm {
  readonly priority: LabelPriority;
  /** Standard deviations. */
  readonly threshold: number;
  readonly dwellMs: number;
}

export interface Label {
  readonly id: string;
  readonly name: string;
  /** The sentences it is scored by. */
  readonly prompts: readonly string[];
  readonly negatives: readonly string[];
  /** Typed by a person. */
  readonly custom: boolean;
  readonly calibrated: boolean;
  readonly armed: boolean;
  /** In force where armed, else what was proposed. */
  readonly alarm: LabelAlarm | null;
}

/** What an alarm would have done in the stored past. */
export interface DryRun {
  readonly hours: number;
  readonly beds: number;
  readonly alarms: number;
  readonly perBedDay: number;
}

export interface Explanation {
  readonly atMs: number;
  readonly sentences: readonly { readonly text: string; readonly similarity: number }[];
  /** Where the sentences come from: reports of the training data, or the statements of their annotation. */
  readonly source: 'reports' | 'statements';
  /** How far the score falls when the lead is left out. */
  readonly leads: readonly { readonly lead: string; readonly change: number }[];
}

export const labels = (): Promise<{ readonly textEncoder: boolean; readonly labels: readonly Label[] }> => askServer('labels');

export const createLabel = (name: string, synonyms: readonly string[], negatives: readonly string[]): Promise<Label> =>
  askServer('labels', { method: 'POST', body: { name, synonyms, negatives } });

export const deleteLabel = (id: string, reason: string): Promise<unknown> =>
  askServer(`labels/${encodeURIComponent(id)}`, { method: 'DELETE', body: { reason } });

export const armLabel = (id: string, alarm: LabelAlarm, reason: string, dryRun: boolean): Promise<{ readonly label: Label; readonly history: DryRun }> =>
  askServer(`labels/${encodeURIComponent(id)}/arm`, { method: 'POST', body: { ...alarm, reason, dryRun } });

export const disarmLabel = (id: string, reason: string): Promise<unknown> =>
  askServer(`labels/${encodeURIComponent(id)}/disarm`, { method: 'POST', body: { reason } });

export interface LabelSets {
  /** Null: the labels of the model itself. */
  readonly active: string | null;
  readonly sets: readonly { readonly set: string; readonly description: string; readonly labels: number }[];
}

export const labelSets = (): Promise<LabelSets> => askServer('label-sets');

export const chooseLabelSet = (set: string | null, reason: string): Promise<unknown> => askServer('label-sets/active', { method: 'PUT', body: { set, reason } });

export const explain = (bed: string, label: string): Promise<Explanation> => askServer('explain', { query: { bed, label } });

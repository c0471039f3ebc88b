/** The sets that may be in force on this server: those that ship, and the one of its configuration. */
import { labelSetNames, loadLabelSet } from '../../models/label-set.ts';

export interface LabelSetView {
  /** By which it is chosen: its name, or the path in the configuration. */
  readonly set: string;
  readonly description: string;
  readonly labels: number;
}

export interface LabelSetsView {
  /** Null: the labels of the model's bank. */
  readonly active: string | null;
  readonly sets: readonly LabelSetView[];
}

/** What became of a choice. */
export interface ChosenSet {
  readonly active: string | null;
  /** Labels in force that nobody typed, and those of the set that nothing here can embed. */
  readonly labels: number;
  readonly leftOut: number;
  /** Labels whose alarms ended at every bed, with a ledger entry. */
  readonly lostAlarms: readonly string[];
}

/** @throws EcgError CONFIG_INVALID where a set cannot be used */
export function labelSetChoices(configured: string | null): LabelSetView[] {
  const names = labelSetNames();
  return [...names, ...(configured === null || names.includes(configured) ? [] : [configured])].map((set) => {
    const { description, labels } = loadLabelSet(set);
    return { set, description, labels: labels.length };
  });
}

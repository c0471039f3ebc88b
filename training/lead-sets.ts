/** What every table and the label bank look at: lead sets, and how a label is embedded where nothing better has been chosen. */
import { STANDARD_LEADS } from '../ecg/leads.ts';
import type { LabelMethod } from './label-embeddings.ts';

/** The cart, what a 5-electrode bed shows, what most Holters and MIT-BIH records have, and the single monitoring lead. */
export const LEAD_SETS: Readonly<Record<string, readonly string[]>> = {
  '12 leads': STANDARD_LEADS,
  '6 limb leads + V1': ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1'],
  'II + V1': ['II', 'V1'],
  II: ['II'],
};

export const ALL_LEADS = '12 leads';

const LIMB_LEADS = '6 limb leads';

/** @param name of a lead set, or its leads as `nameOfLeads` writes them @throws RangeError */
export function leadsOf(name: string): readonly string[] {
  const leads = LEAD_SETS[name] ?? (name === LIMB_LEADS ? STANDARD_LEADS.slice(0, 6) : name.split(' + '));
  if (!leads.every((lead) => STANDARD_LEADS.some((standard) => standard === lead))) throw new RangeError(`there is no lead set "${name}"`);
  return leads;
}

/** @param presence per standard lead, as `presenceOf` gives it */
export const nameOfLeads = (presence: Uint8Array): string => STANDARD_LEADS.filter((_, lead) => presence[lead] === 1).join(' + ');

/** 12, 6, 3, 2 and 1 lead. */
export const FEW_LEAD_SETS: readonly string[] = ['12 leads', LIMB_LEADS, 'II + V1 + V5', 'II + V1', 'II'];

/** Those by which an epoch is chosen: the two ends that matter most. */
export const CHOICE_LEAD_SETS: readonly string[] = ['12 leads', 'II + V1'];

/** The best of its kind on fold 9 by AUC, over all tasks and lead sets (docs/model-card.md). */
export const DEFAULT_METHOD: LabelMethod = { from: 'ecgs+prompt', contrast: 0 };

/** The best on fold 9 where labels compete and the highest score wins. */
export const COMPETING_METHOD: LabelMethod = { from: 'all', contrast: 0 };

/** By which an epoch is chosen while training: it needs no embedding of the training ECGs. */
export const EPOCH_METHOD: LabelMethod = { from: 'phrase', contrast: 0.5 };

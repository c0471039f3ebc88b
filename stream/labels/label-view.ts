import type { TypedLabel } from './label-file.ts';
import type { ServedLabel } from './vocabulary.ts';

/** A label as people and programs are told of it. */
export interface LabelView {
  readonly id: string;
  readonly name: string;
  readonly kind: ServedLabel['kind'];
  readonly prompts: readonly string[];
  readonly negatives: readonly string[];
  readonly custom: boolean;
  /** Mean and spread of its cosine were measured over unlabelled ECGs, not estimated. */
  readonly calibrated: boolean;
  /** By which a score becomes a probability, fitted with labels; null: nobody has fitted it. */
  readonly probability: NonNullable<ServedLabel['probability']> | null;
  readonly armed: boolean;
  /** In force where `armed`, else what was proposed. */
  readonly alarm: { readonly priority: 'medium' | 'low'; readonly threshold: number; readonly dwellMs: number } | null;
}

/** @param proposed its alarm, where it is not armed */
export const viewOf = ({ id, name, kind, prompts, negatives, custom, calibrated, alarm, probability }: ServedLabel, proposed: LabelView['alarm']): LabelView => (
  { id, name, kind, prompts, negatives, custom, calibrated, probability: probability ?? null, armed: alarm !== undefined, alarm: alarm ?? proposed });

/** A label that was embedded for another model. */
export const unscoredView = ({ id, name, synonyms, negatives, alarm }: TypedLabel): LabelView => (
  { id, name, kind: 'custom', prompts: [name, ...synonyms], negatives, custom: true, calibrated: false, probability: null, armed: false, alarm });

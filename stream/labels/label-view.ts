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
  readonly calibrated: boolean;
  readonly armed: boolean;
  /** In force where `armed`, else what was proposed. */
  readonly alarm: { readonly priority: 'medium' | 'low'; readonly threshold: number; readonly dwellMs: number } | null;
}

/** @param proposed its alarm, where it is not armed */
export const viewOf = ({ id, name, kind, prompts, negatives, custom, calibrated, alarm }: ServedLabel, proposed: LabelView['alarm']): LabelView => (
  { id, name, kind, prompts, negatives, custom, calibrated, armed: alarm !== undefined, alarm: alarm ?? proposed });

/** A label that was embedded for another model. */
export const unscoredView = ({ id, name, synonyms, negatives, alarm }: TypedLabel): LabelView => (
  { id, name, kind: 'custom', prompts: [name, ...synonyms], negatives, custom: true, calibrated: false, armed: false, alarm });

/** Labels that a person typed: their ids, their place in the vocabulary, and how a change of them is refused. */
import { randomBytes } from 'node:crypto';
import { EcgError } from '../../ecg/errors.ts';
import { decodeFloats } from '../../models/label-bank.ts';
import type { Moments } from '../../models/label-direction.ts';
import type { TypedLabel } from './label-file.ts';
import type { VocabularyEntry } from './vocabulary.ts';

type Alarm = NonNullable<TypedLabel['alarm']>;

/** What a proposed alarm lacks. Three standard deviations, half a minute. */
const DEFAULT_ALARM: Alarm = { priority: 'low', threshold: 3, dwellMs: 30_000 };

/** Never the id of an earlier label: a bed may have a threshold of its own for that one, and the ledger its alarms. */
export function newId(name: string): string {
  const slug = name.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 40);
  return `custom-${slug}${slug === '' ? '' : '-'}${randomBytes(4).toString('hex')}`;
}

/** @param known the entry in force, whose array is kept while nothing changed: the last hour's count of this label goes on */
export function typedEntry({ id, name, synonyms, negatives, alarm, armed, direction: text }: TypedLabel, dimension: number, momentsOf: (direction: Float32Array) => Moments, known: VocabularyEntry | undefined): VocabularyEntry {
  const decoded = decodeFloats(text, dimension, `label ${id}`);
  const direction = known?.direction.every((value, i) => value === decoded[i]) ? known.direction : decoded;
  return {
    label: {
      id, name, kind: 'custom', prompts: [name, ...synonyms], negatives, custom: true, calibrated: false, ...momentsOf(direction),
      ...(armed && alarm && { alarm }) },
    direction,
  };
}

/** The alarm that is proposed from now on. @param asked what was said of it @param before null: none has been */
export function proposedAlarm(asked: { readonly [K in keyof Alarm]?: Alarm[K] | undefined }, before: Alarm | null): Alarm | null {
  const said = definedOf(asked);
  return Object.keys(said).length === 0 ? before : { ...DEFAULT_ALARM, ...before, ...said };
}

export const definedOf = <T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };

export function refuse(what: string, expected: string, received: string): never {
  throw new EcgError('LABEL_INVALID', what, { expected, received });
}

export function unknown(id: string): never {
  throw new EcgError('LABEL_UNKNOWN', 'there is no such label', { expected: 'an id of GET /labels', received: id.slice(0, 80) });
}

/**
 * Statements: what reports say again and again, mined from the reports themselves. German machine reports are one line without
 * punctuation ("sinus rhythm left axis abnormal qrs inferior infarct"), so a split at full stops finds little; runs of words
 * that many reports share are found whichever way they are written. Nothing but the texts is read: no code, no list of findings.
 */

import type { TextEncoder } from '../../models/text-encoder.ts';
import { centreAndNormalise } from '../vectors.ts';
import type { Dataset } from './dataset.ts';
import { embedCached } from '../../models/text-embeddings.ts';

/** A run of more words than this is a report, not a statement. */
const LONGEST = 5;
/** A run that nearly always stands inside one longer run says nothing that the longer one does not. */
const ABSORBED = 0.9;
/** A statement neither begins nor ends with one of these. */
const FUNCTION_WORDS = new Set(('a an and are as at be by but for from in is it its may not of on or the these this that there to was with due which '
  + 'has have been also than').split(' '));

export interface Statements {
  readonly texts: readonly string[];
  /** Per report text: which statements it makes, as indices into `texts`. */
  readonly ofText: readonly Int32Array[];
  /** Per statement: share of the records whose report makes it. */
  readonly frequency: Float32Array;
}

export interface EmbeddedStatements extends Statements {
  /** [statements][textDimension], frozen, centred, unit length. */
  readonly embeddings: Float32Array;
}

/** Mines the training reports and embeds what is found. */
export async function embeddedStatements(encoder: TextEncoder, { texts, trainRecordTexts, textCentre }: Dataset, minimumRecords: number): Promise<EmbeddedStatements> {
  const statements = mineStatements(texts, trainRecordTexts, minimumRecords);
  return { ...statements, embeddings: centreAndNormalise(await embedCached(encoder, statements.texts), textCentre) };
}

/**
 * @param texts cleaned English reports
 * @param recordTexts text of every training record: statements are mined here and nowhere else
 * @param minimumRecords records that must share a statement
 */
export function mineStatements(texts: readonly string[], recordTexts: Int32Array, minimumRecords: number): Statements {
  const records = new Map<string, number>();
  for (const [text, times] of countsOf(recordTexts)) {
    for (const run of runsOf(texts[text]!)) records.set(run, (records.get(run) ?? 0) + times);
  }
  const frequent = new Map([...records].filter(([run, count]) => count >= minimumRecords && /[a-z]{3}/.test(run)));
  const absorbed = new Set([...frequent].flatMap(([run, count]) => partsOf(run).filter((part) => count >= ABSORBED * (frequent.get(part) ?? Infinity))));
  const kept = [...frequent].filter(([run]) => !absorbed.has(run)).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const index = new Map(kept.map(([run], i) => [run, i]));
  return {
    texts: kept.map(([run]) => run),
    ofText: texts.map((text) => Int32Array.from([...runsOf(text)].flatMap((run) => index.get(run) ?? []))),
    frequency: Float32Array.from(kept, ([, count]) => count / recordTexts.length),
  };
}

/** Every run of one to LONGEST words that crosses no punctuation, each once. */
function runsOf(text: string): Set<string> {
  const runs = new Set<string>();
  for (const sentence of text.split(/[.,;:!?]+/)) {
    const words = sentence.trim().split(/\s+/);
    for (let from = 0; from < words.length; from++) {
      if (FUNCTION_WORDS.has(words[from]!)) continue;
      for (let end = from + 1; end <= Math.min(words.length, from + LONGEST); end++) {
        if (!FUNCTION_WORDS.has(words[end - 1]!)) runs.add(words.slice(from, end).join(' '));
      }
    }
  }
  return runs;
}

/** The run without its first and without its last word. */
function partsOf(run: string): string[] {
  const words = run.split(' ');
  return words.length === 1 ? [] : [words.slice(1).join(' '), words.slice(0, -1).join(' ')];
}

function countsOf(values: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

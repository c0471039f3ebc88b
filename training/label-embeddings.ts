/**
 * From a label's prompts to its point in the common space, without a label of any record. A bare prompt lies off the
 * manifold of reports on which both heads were trained; the reports that say what it says do not. So a prototype is the mean
 * of those reports' projections, and with `contrast` a share of the mean of all training records' reports is taken away: that
 * mean says "sinus rhythm, normal ecg", and what a label adds to it tells more than what it shares with it.
 */
import { directionOf, type EcgPrototypes } from './ecg-prototypes.ts';
import { dotRows, meanOfRows, normaliseRows } from './vectors.ts';

/** How a label's embedding is made. */
export interface LabelMethod {
  /**
   * `prompt`: the prompts themselves. `nearest`: for each prompt the training reports nearest to it in the frozen text
   * space. `phrase`: those that contain it word for word, or the nearest where too few do. `ecgs`: the training ECGs whose
   * reports contain one of them (ecg-prototypes.ts). `both`: the mean of the last two directions; `all`: of the last three.
   * `ecgs+prompt`: those ECGs and, with a smaller share, the prompts.
   */
  readonly from: 'prompt' | 'nearest' | 'phrase' | 'ecgs' | 'ecgs+prompt' | 'both' | 'all';
  /** Share of the mean report that is taken away, 0 to 1. */
  readonly contrast: number;
}

export const nameOfMethod = ({ from, contrast }: LabelMethod): string =>
  ({
    prompt: 'prompts', nearest: 'nearest reports', phrase: 'reports with the phrase', ecgs: 'ECGs of reports with the phrase',
    'ecgs+prompt': 'ECGs of reports with the phrase, and the prompts', both: 'reports with the phrase and their ECGs',
    all: 'reports with the phrase, their ECGs and the nearest reports',
  })[from] + (contrast === 0 ? '' : `, less ${contrast} of the mean report`);

/** Ten reports still carry the oddities of single ones, a hundred begin to blur single rhythms. */
const NEIGHBOURS = 30;
/** Share of the prompts in `ecgs+prompt` (fold 9: 0.3, 0.5 and 1 hardly differ). */
const PROMPT_SHARE = 0.5;
/** Fewer reports with a phrase than this say more about themselves than about the phrase. */
const ENOUGH_MATCHES = 5;
const LETTER = /\p{L}/u;

/** Report texts in the frozen space. */
export interface Reports {
  readonly texts: readonly string[];
  readonly textDimension: number;
  /** [texts][textDimension], centred, unit length. */
  readonly frozen: Float32Array;
  /** Rows that may serve as neighbours: the training reports. */
  readonly candidates: Int32Array;
}

/** Every prompt in the frozen space with its reports; the same for every model, so made once. */
export interface PromptSet {
  readonly texts: readonly string[];
  /** [prompts][textDimension], centred, unit length. */
  readonly frozen: Float32Array;
  /** Per prompt, rows of the reports. */
  readonly nearest: readonly Int32Array[];
  readonly phrase: readonly Int32Array[];
}

export function promptSetOf(texts: readonly string[], frozen: Float32Array, reports: Reports): PromptSet {
  const nearest = texts.map((_, prompt) => nearestReports(reports, frozen, prompt));
  const phrase = texts.map((text, prompt) => {
    const matches = reports.candidates.filter((row) => says(reports.texts[row]!, text));
    return matches.length >= ENOUGH_MATCHES ? matches : nearest[prompt]!;
  });
  return { texts, frozen, nearest, phrase };
}

/**
 * Whether a text holds a phrase that begins where one of its words begins: "incomplete block" does not say "complete block".
 * The last word may go on, as plurals do. Both in the same case.
 */
export function says(text: string, phrase: string): boolean {
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1)) {
    if (at === 0 || !LETTER.test(text[at - 1]!)) return true;
  }
  return false;
}

function nearestReports({ frozen, textDimension, candidates }: Reports, prompts: Float32Array, prompt: number): Int32Array {
  const similarity = Float32Array.from(candidates, (row) => dotRows(prompts, prompt, frozen, row, textDimension));
  const order = Int32Array.from(candidates, (_, i) => i).sort((a, b) => similarity[b]! - similarity[a]!);
  return order.slice(0, NEIGHBOURS).map((index) => candidates[index]!);
}

/** Prompts and reports through one model's text head. */
export interface ProjectedTexts {
  readonly dimension: number;
  /** [prompts][dimension], unit length. */
  readonly prompts: Float32Array;
  /** [texts][dimension], unit length. */
  readonly reports: Float32Array;
  /** [dimension]: mean over the training records' reports, each as often as it was written. */
  readonly meanReport: Float32Array;
  /** Of the training ECGs, where a method asks for them. */
  readonly ecgs?: EcgPrototypes;
}

/**
 * @param prompts [prompts][dimension], by the model's text head
 * @param reports [texts][dimension], likewise
 * @param trainTexts text of every training record
 */
export const projectedTexts = (prompts: Float32Array, reports: Float32Array, dimension: number, trainTexts: Int32Array): ProjectedTexts =>
  ({ dimension, prompts, reports, meanReport: meanOfRows(reports, dimension, trainTexts) });

type TextSource = 'prompt' | 'nearest' | 'phrase';
/** What is added to the ECGs' direction, and with which share. */
const MIXTURES: Readonly<Record<Exclude<LabelMethod['from'], TextSource>, readonly (readonly [TextSource, number])[]>> = {
  ecgs: [], 'ecgs+prompt': [['prompt', PROMPT_SHARE]], both: [['phrase', 1]], all: [['phrase', 1], ['nearest', 1]],
};
const isTextSource = (from: LabelMethod['from']): from is TextSource => !(from in MIXTURES);

/** @returns [dimension], unit length @throws RangeError for a prompt that the set does not hold, or without the ECGs a method asks for */
export function labelEmbedding(set: PromptSet, projected: ProjectedTexts, prompts: readonly string[], { from, contrast }: LabelMethod): Float32Array {
  const rows = rowsOf(set, prompts);
  if (isTextSource(from)) return reportDirection(set, projected, rows, { from, contrast });
  const sum = ecgDirection(set, projected, rows);
  for (const [source, share] of MIXTURES[from]) {
    reportDirection(set, projected, rows, { from: source, contrast }).forEach((value, i) => (sum[i] = sum[i]! + share * value));
  }
  return normaliseRows(sum, projected.dimension);
}

function reportDirection(set: PromptSet, { dimension, prompts, reports, meanReport }: ProjectedTexts, rows: readonly number[], { from, contrast }: { from: TextSource; contrast: number }): Float32Array {
  const sum = new Float32Array(dimension);
  for (const row of rows) {
    const part = from === 'prompt' ? prompts.subarray(row * dimension, (row + 1) * dimension) : meanOfRows(reports, dimension, set[from][row]!);
    for (let i = 0; i < dimension; i++) sum[i] = sum[i]! + part[i]! - contrast * meanReport[i]!;
  }
  return normaliseRows(sum, dimension);
}

function ecgDirection(set: PromptSet, { dimension, ecgs }: ProjectedTexts, rows: readonly number[]): Float32Array {
  if (!ecgs) throw new RangeError('this way of embedding a label needs the training ECGs');
  return normaliseRows(directionOf(ecgs, textsOfRows(set, rows)), dimension);
}

/** The training reports that say one of the prompts. @throws RangeError for a prompt that the set does not hold */
export const textsSaying = (set: PromptSet, prompts: readonly string[]): ReadonlySet<number> => textsOfRows(set, rowsOf(set, prompts));

/** Prompts that hardly any report contains word for word tell nothing here, unless none of a label's is better. */
function textsOfRows(set: PromptSet, rows: readonly number[]): ReadonlySet<number> {
  const written = rows.filter((row) => set.phrase[row] !== set.nearest[row]);
  return new Set((written.length > 0 ? written : rows).flatMap((row) => [...set.phrase[row]!]));
}

const rowsOf = (set: PromptSet, prompts: readonly string[]): number[] => prompts.map((prompt) => {
  const row = set.texts.indexOf(prompt);
  if (row < 0) throw new RangeError(`the prompt "${prompt}" has not been embedded`);
  return row;
});

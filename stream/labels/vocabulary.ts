/** The labels in force now, as one matrix: what every segment is scored by. Changed as a whole, never in place. */
import type { Finding } from '../../ecg/finding.ts';
import type { LabelBank, LabelDefinition } from '../../models/label-bank.ts';
import { rankFindings, scoreEmbeddings, type ScoringBank } from '../../models/zero-shot.ts';

export interface ServedLabel extends Pick<LabelDefinition, 'id' | 'name' | 'cosineMean' | 'cosineSd' | 'probability'> {
  readonly prompts: readonly string[];
  readonly kind: LabelDefinition['kind'] | 'custom';
  readonly negatives: readonly string[];
  /** Typed by a person. */
  readonly custom: boolean;
  /** Mean and spread were measured over unlabelled ECGs, not estimated. */
  readonly calibrated: boolean;
  /** In force; absent: shown only. */
  readonly alarm?: NonNullable<LabelDefinition['alarm']>;
}

export interface VocabularyEntry {
  readonly label: ServedLabel;
  /** [dimension], of unit length. */
  readonly direction: Float32Array;
}

/** What a bank says of its scores as a whole. */
export type BankRules = Pick<LabelBank, 'probabilitiesFittedOn' | 'abstention'>;

interface Matrix extends ScoringBank {
  readonly labels: readonly ServedLabel[];
}

export class Vocabulary {
  #modelId: string;
  #dimension: number;
  #rules: BankRules;
  #matrix: Matrix;
  #byId = new Map<string, VocabularyEntry>();

  constructor(modelId: string, dimension: number, entries: readonly VocabularyEntry[] = [], rules: BankRules = {}) {
    this.#modelId = modelId;
    this.#dimension = dimension;
    this.#rules = rules;
    this.#matrix = { labels: [], dimension, embeddings: new Float32Array(0) };
    this.replace(entries);
  }

  /** Of the model in whose space the directions lie. */
  get modelId(): string {
    return this.#modelId;
  }

  get dimension(): number {
    return this.#dimension;
  }

  /** On which labelled ECGs the probabilities of the bank's labels were fitted; undefined where it has none. */
  get probabilitiesFittedOn(): string | undefined {
    return this.#rules.probabilitiesFittedOn;
  }

  get labels(): readonly ServedLabel[] {
    return this.#matrix.labels;
  }

  entry(id: string): VocabularyEntry | undefined {
    return this.#byId.get(id);
  }

  /** Every label's finding, highest score first. @param embedding [dimension], of unit length */
  findingsOf(embedding: Float32Array): Finding[] {
    return rankFindings(scoreEmbeddings(embedding, 1, this.#matrix), this.#matrix);
  }

  /** Whether a segment is like none of the labels: none is as probable as the bank asks. False where none has a probability. */
  abstains(findings: readonly Finding[]): boolean {
    const { abstention } = this.#rules;
    const probabilities = findings.flatMap(({ probability }) => probability ?? []);
    return abstention !== undefined && probabilities.length > 0 && Math.max(...probabilities) < abstention.probability;
  }

  /** Labels of another model, from the next segment on. */
  changeModel(modelId: string, dimension: number, entries: readonly VocabularyEntry[], rules: BankRules): void {
    this.#modelId = modelId;
    this.#dimension = dimension;
    this.#rules = rules;
    this.replace(entries);
  }

  replace(entries: readonly VocabularyEntry[]): void {
    const embeddings = new Float32Array(entries.length * this.dimension);
    entries.forEach(({ direction }, row) => embeddings.set(direction, row * this.dimension));
    this.#matrix = { labels: entries.map(({ label }) => label), dimension: this.dimension, embeddings };
    this.#byId = new Map(entries.map((entry) => [entry.label.id, entry]));
  }
}

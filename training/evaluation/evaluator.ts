/** An encoder with everything its tables ask of it: ECGs of a fold as embeddings, labels as directions, scores. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDirectory } from '../../models/cache-directory.ts';
import type { LoadedManifest } from '../../models/manifest.ts';
import { presenceOf } from '../augmentation.ts';
import { rowsOfFolds } from '../data/dataset.ts';
import { CHOICE_FOLD, TRAIN_FOLDS, type PtbXlRow } from '../data/ptb-xl.ts';
import { ecgPrototypes } from '../ecg-prototypes.ts';
import { requireTextEncoder } from '../fit.ts';
import { labelEmbedding, projectedTexts, type LabelMethod, type ProjectedTexts } from '../label-embeddings.ts';
import { ALL_LEADS, leadsOf } from '../lead-sets.ts';
import { openOnnxModel, type OnnxModel } from '../onnx/onnx-model.ts';
import type { Prepared } from '../prepare.ts';
import { replaceFile } from '../replace-file.ts';
import { cosines } from '../zero-shot-evaluation.ts';
import { gatherRows } from '../vectors.ts';

export interface Moments {
  readonly mean: number;
  readonly sd: number;
}

/** An encoder with the records it has been shown: what every table starts from, whether or not it knows sentences. */
export class EncodedFolds {
  readonly model: OnnxModel;
  readonly prepared: Prepared;
  readonly #sha256: string;
  readonly #embeddings = new Map<string, Promise<Float32Array>>();

  /** @param sha256 of the encoder, by which its embeddings are kept */
  constructor(model: OnnxModel, sha256: string, prepared: Prepared) {
    this.model = model;
    this.prepared = prepared;
    this.#sha256 = sha256;
  }

  rowsOf(fold: number): PtbXlRow[] {
    return rowsOfFolds(this.prepared.data.rows, [fold]).map((record) => this.prepared.data.rows[record]!);
  }

  /** Embeddings of a fold's records with only these leads. @param leads a name of lead-sets.ts */
  ecgs(fold: number, leads: string): Promise<Float32Array> {
    return this.#of([fold], leads);
  }

  /** Embeddings of the training records with only these leads. */
  trainingEcgs(leads: string): Promise<Float32Array> {
    return this.#of(TRAIN_FOLDS, leads);
  }

  close(): Promise<void> {
    return this.model.close();
  }

  #of(folds: readonly number[], leads: string): Promise<Float32Array> {
    const key = `${folds.join()} ${leads}`;
    const known = this.#embeddings.get(key) ?? cachedEmbeddings(this.model, this.#sha256, this.prepared, folds, leads);
    this.#embeddings.set(key, known);
    return known;
  }
}

export class Evaluator extends EncodedFolds {
  readonly projected: ProjectedTexts;

  private constructor(model: OnnxModel, sha256: string, prepared: Prepared, projected: ProjectedTexts) {
    super(model, sha256, prepared);
    this.projected = projected;
  }

  /** @param model with its text head @param sha256 of the encoder */
  static async of(model: OnnxModel, sha256: string, prepared: Prepared): Promise<Evaluator> {
    return new Evaluator(model, sha256, prepared, await projectedWithEcgs(model, sha256, prepared));
  }

  /** @throws EcgError MODEL_CHECKSUM; MODEL_MISMATCH where it takes other input or another text encoder than is prepared */
  static async open(loaded: LoadedManifest, prepared: Prepared): Promise<Evaluator> {
    requireTextEncoder(loaded.manifest.textEncoder, prepared.textEncoder, loaded.directory);
    return Evaluator.of(await openOnnxModel(loaded), loaded.manifest.encoder.sha256, prepared);
  }

  /** Text of each training record, negative where it has none. */
  trainingTexts(): Int32Array {
    const { data } = this.prepared;
    return Int32Array.from(rowsOfFolds(data.rows, TRAIN_FOLDS), (record) => data.textOf[record]!);
  }

  direction(prompts: readonly string[], method: LabelMethod): Float32Array {
    return labelEmbedding(this.prepared.prompts, this.projected, prompts, method);
  }

  /** A label's mean cosine and its spread over fold 9's ECGs with these leads; their labels are not looked at. */
  async moments(direction: Float32Array, leads: string): Promise<Moments> {
    return momentsOf(cosines(await this.ecgs(CHOICE_FOLD, leads), direction));
  }
}

export function momentsOf(values: Float32Array): Moments {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, sd: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

export const standardise = (values: Float32Array, { mean, sd }: Moments): Float32Array => values.map((value) => (value - mean) / sd);

/** Texts through the text head, and the training ECGs by what their reports say. @param sha256 of the encoder */
export async function projectedWithEcgs(model: OnnxModel, sha256: string, prepared: Prepared): Promise<ProjectedTexts> {
  const { data, prompts } = prepared;
  const { dimension } = model;
  const ecg = await cachedEmbeddings(model, sha256, prepared, TRAIN_FOLDS, ALL_LEADS);
  const records = rowsOfFolds(data.rows, TRAIN_FOLDS);
  const withText = records.flatMap((record, index) => (data.textOf[record]! >= 0 ? [index] : []));
  return {
    ...projectedTexts(model.projectTexts(prompts.frozen), model.projectTexts(data.textEmbeddings), dimension, data.trainRecordTexts),
    ecgs: ecgPrototypes(gatherRows(ecg, dimension, withText), dimension, Int32Array.from(withText, (index) => data.textOf[records[index]!]!), data.texts.length),
  };
}

/** A model's embeddings of folds of these records, made once: the label bank, the choice on fold 9 and the tables all ask for the same. */
export async function cachedEmbeddings(model: OnnxModel, sha256: string, { data }: Prepared, folds: readonly number[], leads: string): Promise<Float32Array> {
  const records = rowsOfFolds(data.rows, folds);
  const name = `${sha256.slice(0, 12)}-${data.signals.identity}-${folds.join('.')}-${leads.replace(/[^A-Za-z0-9]+/g, '-')}-${records.length}.f32`;
  const path = cacheDirectory(join('training', 'embeddings', name));
  if (existsSync(path)) return new Float32Array(Uint8Array.from(readFileSync(path)).buffer);
  const ecg = await model.embedRecords(data.signals, records, presenceOf(leadsOf(leads)));
  mkdirSync(dirname(path), { recursive: true });
  replaceFile(path, new Uint8Array(ecg.buffer));
  return ecg;
}

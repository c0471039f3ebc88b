/** Everything training and evaluation read, prepared: rows, signals, distinct texts and their frozen embeddings. */
import { loadGlossary } from '../../models/glossary.ts';
import { embedCached } from '../../models/text-embeddings.ts';
import type { TextEncoder } from '../../models/text-encoder.ts';
import { recordingsDirectory } from '../../stream/recordings/library.ts';
import { centreAndNormalise, meanOfRows } from '../vectors.ts';
import { englishWords } from './english-words.ts';
import { readDatabase, readStatementKinds, TRAIN_FOLDS, type PtbXlRow, type StatementKind } from './ptb-xl.ts';
import { uniqueTexts, type GlossaryCoverage } from './reports.ts';
import { prepareSignals, type Signals } from './signals.ts';


export interface Dataset {
  readonly rows: readonly PtbXlRow[];
  readonly kinds: ReadonlyMap<string, StatementKind>;
  readonly signals: Signals;
  readonly texts: readonly string[];
  /** One per row: index into `texts`, or -1. */
  readonly textOf: Int32Array;
  readonly coverage: GlossaryCoverage;
  readonly textDimension: number;
  /** Mean of the frozen embeddings over the training reports' distinct texts. */
  readonly textCentre: Float32Array;
  /** [texts][textDimension], centred, unit length. */
  readonly textEmbeddings: Float32Array;
  /** Texts of the training records, one per record that has one. */
  readonly trainRecordTexts: Int32Array;
  /** The same, each once. */
  readonly trainTexts: Int32Array;
}

/** @param report told what is being done and how far it is */
export async function loadDataset(encoder: TextEncoder, report: (step: string, done: number, of: number) => void): Promise<Dataset> {
  const directory = await recordingsDirectory('ptb-xl');
  const rows = readDatabase(directory);
  const reports = rows.map((row) => row.report);
  const { texts, textOf, coverage } = uniqueTexts(reports, loadGlossary(), englishWords(reports));
  const frozen = await embedCached(encoder, texts, (done, of) => report('text embeddings', done, of));
  const signals = prepareSignals(directory, rows.map((row) => row.record), (done) => report('signals', done, rows.length));
  const trainRecordTexts = Int32Array.from(rowsOfFolds(rows, TRAIN_FOLDS).map((row) => textOf[row]!).filter((text) => text >= 0));
  const trainTexts = Int32Array.from(new Set(trainRecordTexts));
  const textCentre = meanOfRows(frozen, encoder.dimension, trainTexts);
  return {
    rows, kinds: readStatementKinds(directory), signals, texts, textOf, coverage,
    textDimension: encoder.dimension, textCentre, textEmbeddings: centreAndNormalise(frozen, textCentre), trainRecordTexts, trainTexts,
  };
}

/** Indices of the rows in these folds. */
export const rowsOfFolds = (rows: readonly PtbXlRow[], folds: readonly number[]): number[] =>
  rows.flatMap((row, index) => (folds.includes(row.fold) ? [index] : []));

/** The training reports' frozen embeddings as a model may ship them (models/report-bank.ts): numbers, no text. */
import type { Dataset } from '../data/dataset.ts';

/** As `nearest` of training/label-embeddings.ts has it, with the contrast that did best for it on fold 9 (docs/model-card.md). */
const NEIGHBOURS = 30;
const CONTRAST = 0.5;
const LARGEST = 127;

export interface ReportBankPart {
  /** int8 [count][textDimension], each row scaled so that its largest value is 127. */
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly neighbours: number;
  readonly contrast: number;
}

export function reportBankOf({ textEmbeddings, textDimension, trainTexts }: Pick<Dataset, 'textEmbeddings' | 'textDimension' | 'trainTexts'>): ReportBankPart {
  const rows = new Int8Array(trainTexts.length * textDimension);
  trainTexts.forEach((text, row) => {
    const embedding = textEmbeddings.subarray(text * textDimension, (text + 1) * textDimension);
    const scale = LARGEST / (embedding.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1);
    embedding.forEach((value, i) => (rows[row * textDimension + i] = Math.round(scale * value)));
  });
  return { bytes: new Uint8Array(rows.buffer), count: trainTexts.length, neighbours: NEIGHBOURS, contrast: CONTRAST };
}

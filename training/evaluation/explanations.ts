/** What a segment looks like in words: the report nearest to it among the training reports, beside its own. */
import { rowsOfFolds } from '../data/dataset.ts';
import { ALL_LEADS } from '../lead-sets.ts';
import { randomOf, shuffled } from '../random.ts';
import { dotRows } from '../vectors.ts';
import type { Evaluator } from './evaluator.ts';

const SAMPLES = 20;
const SAMPLE_SEED = 4;

export interface Explanation {
  readonly ecgId: number;
  readonly own: string;
  readonly nearest: string;
  readonly cosine: number;
}

export async function explanations(evaluator: Evaluator, fold: number): Promise<Explanation[]> {
  const { prepared: { data }, projected: { reports, dimension } } = evaluator;
  const ecg = await evaluator.ecgs(fold, ALL_LEADS);
  const records = rowsOfFolds(data.rows, [fold]);
  const withText = records.flatMap((record, index) => (data.textOf[record]! >= 0 ? [index] : []));
  return [...shuffled(withText.length, randomOf(SAMPLE_SEED))].slice(0, SAMPLES).map((chosen) => {
    const index = withText[chosen]!;
    const row = data.rows[records[index]!]!;
    let best = { text: -1, cosine: -Infinity };
    for (const text of data.trainTexts) {
      const cosine = dotRows(ecg, index, reports, text, dimension);
      if (cosine > best.cosine) best = { text, cosine };
    }
    return { ecgId: row.ecgId, own: data.texts[data.textOf[records[index]!]!]!, nearest: data.texts[best.text]!, cosine: best.cosine };
  });
}

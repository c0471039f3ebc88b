import { describe, expect, it } from 'vitest';
import { parametersOf, sizeOf } from '../../../../training/architecture.ts';
import type { ModelConfig } from '../../../../training/config.ts';
import type { PtbXlRow } from '../../../../training/data/ptb-xl.ts';
import { signalsInMemory } from '../../../../training/data/signals.ts';
import { labelScoring } from '../../../../training/evaluation/arms/label-scoring.ts';
import { EncodedFolds } from '../../../../training/evaluation/evaluator.ts';
import { createOnnxModel } from '../../../../training/onnx/onnx-model.ts';
import { modelFiles } from '../../../../training/onnx/write-model.ts';
import { presenceOf } from '../../../../training/augmentation.ts';
import type { Prepared } from '../../../../training/prepare.ts';
import { randomOf } from '../../../../training/random.ts';
import type { TaskLabel } from '../../../../training/tasks.ts';
import { argmax } from '../../../../training/evaluation/single-label-sets.ts';

const CONFIG: ModelConfig = { width: 4, stemKernel: 5, kernel: 3, norm: 'group', groupSize: 4, leadDescription: true, pooling: 'mean+max', embeddingDimension: 8 };
const CODES = ['SLOW', 'QUICK', 'FAST'];
const RECORDS = 60;

/** Records in folds 1 and 2, each a sine of its code's frequency, with some noise. */
const random = randomOf(21);
const rows: PtbXlRow[] = Array.from({ length: RECORDS }, (_, i) => ({ ecgId: i, patientId: i, report: '', statements: { [CODES[i % 3]!]: 100 }, extraBeats: '', pacemaker: '', fold: 1 + (i % 2), record: '' }));
const microvolts = Int16Array.from({ length: RECORDS * 12_000 }, (_, i) => 700 * Math.sin((2 * Math.PI * (i % 1000) * [1, 4, 12][Math.floor(i / 12_000) % 3]!) / 250) + 60 * random.normal());
const label = (id: string): TaskLabel => ({ id, prompts: [], isPositive: ({ statements }) => id in statements });

async function scoringOf(share: number, labelsMet?: boolean): Promise<{ scoring: ReturnType<typeof labelScoring>; ecg: Float32Array; close(): Promise<void> }> {
  const parameters = parametersOf(CONFIG, 6, 1);
  const values = Float32Array.from(parameters.flatMap(({ shape, init }) => {
    const fanIn = sizeOf(shape.slice(0, -1));
    return Array.from({ length: sizeOf(shape) }, () => (init === 'ones' ? 1 : init === 'zeros' ? 0 : Math.sqrt(2 / fanIn) * random.normal()));
  }));
  const { encoder, head } = modelFiles(CONFIG, values, new Float32Array(6));
  const model = await createOnnxModel(encoder, head, 6, CONFIG.embeddingDimension);
  const signals = signalsInMemory(microvolts);
  const scoring = labelScoring(new EncodedFolds(model, 'none', { data: { rows, signals } } as unknown as Prepared), share, labelsMet);
  return { scoring, ecg: await model.embedRecords(signals, rows.map((_, i) => i), presenceOf(['II', 'V1'])), close: () => model.close() };
}

describe('scores by probes on a frozen encoder', () => {
  it('own up to labels that the encoder met in training', async () => {
    const { scoring, close } = await scoringOf(0.05, true);
    expect(scoring.labelsUsed).toBe('5 % of folds 1-8, beside those met in training');
    await close();
  });

  it('tell labels apart, alone and against each other, with the leads that are asked for', async () => {
    const { scoring, ecg, close } = await scoringOf(0.5);
    expect(scoring.labelsUsed).toBe('50 % of folds 1-8');
    const fast = (await scoring.scoreOf(ecg, 'II + V1'))(label('FAST'));
    const mean = (code: number): number => fast.filter((_, i) => i % 3 === code).reduce((sum, value) => sum + value, 0) / (RECORDS / 3);
    expect(mean(2)).toBeGreaterThan(Math.max(mean(0), mean(1)) + 1);
    const scores = await scoring.competing(CODES.map(label), ecg, 'II + V1');
    const right = rows.filter((_, i) => argmax(scores.map((values) => values[i]!)) === i % 3);
    expect(right.length / RECORDS).toBeGreaterThan(0.9);
    await close();
  });

  it('say nothing of a label that none of the known patients has', async () => {
    const { scoring, ecg, close } = await scoringOf(0.5);
    const scores = (await scoring.scoreOf(ecg, 'II + V1'))(label('UNKNOWN'));
    expect(new Set(scores)).toEqual(new Set([0]));
    await close();
  });
});

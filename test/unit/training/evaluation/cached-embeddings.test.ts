import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parametersOf, sizeOf } from '../../../../training/architecture.ts';
import type { ModelConfig } from '../../../../training/config.ts';
import { signalsInMemory, type Signals } from '../../../../training/data/signals.ts';
import { cachedEmbeddings } from '../../../../training/evaluation/evaluator.ts';
import { createOnnxModel } from '../../../../training/onnx/onnx-model.ts';
import { modelFiles } from '../../../../training/onnx/write-model.ts';
import type { Prepared } from '../../../../training/prepare.ts';
import { randomOf } from '../../../../training/random.ts';

const CONFIG: ModelConfig = { width: 4, stemKernel: 5, kernel: 3, norm: 'group', groupSize: 4, leadDescription: true, pooling: 'mean+max', embeddingDimension: 8 };
const RECORDS = 3;
const cache = mkdtempSync(join(tmpdir(), 'leadwatch-embeddings-'));
afterAll(() => rmSync(cache, { recursive: true }));
beforeEach(() => void vi.stubEnv('LEADWATCH_CACHE', cache));
afterEach(() => void vi.unstubAllEnvs());

const signalsOf = (microvolts: number): Signals => signalsInMemory(Int16Array.from({ length: RECORDS * 12_000 }, (_, i) => microvolts * Math.sin(i / 9)));
const preparedWith = (signals: Signals): Prepared => ({ data: { signals, rows: Array.from({ length: RECORDS }, () => ({ fold: 9 })) } }) as unknown as Prepared;

describe('a model’s embeddings of a fold', () => {
  it('are kept, and are never those of other records, though there be as many', async () => {
    const random = randomOf(2);
    const values = Float32Array.from(parametersOf(CONFIG, 6, 1).flatMap(({ shape, init }) => Array.from({ length: sizeOf(shape) }, () => (init === 'ones' ? 1 : init === 'zeros' ? 0 : 0.3 * random.normal()))));
    const { encoder, head } = modelFiles(CONFIG, values, new Float32Array(6));
    const model = await createOnnxModel(encoder, head, 6, CONFIG.embeddingDimension);
    const of = (signals: Signals): Promise<Float32Array> => cachedEmbeddings(model, 'a'.repeat(64), preparedWith(signals), [9], '12 leads');
    const [small, large] = [await of(signalsOf(100)), await of(signalsOf(1500))];
    expect([...large]).not.toEqual([...small]);
    await model.close();
    expect([...await of(signalsOf(100))], 'without the model').toEqual([...small]);
    expect([...await of(signalsOf(1500))]).toEqual([...large]);
  });
});

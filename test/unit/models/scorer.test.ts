import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ManualClock, systemClock } from '../../../ecg/clock.ts';
import { epochMs, ms } from '../../../ecg/units.ts';
import type { EcgEncoder } from '../../../models/encoder.ts';
import { loadLabelBank, type LabelBank } from '../../../models/label-bank.ts';
import { loadManifest } from '../../../models/manifest.ts';
import { createOnnxEncoder } from '../../../models/onnx-encoder.ts';
import { Scorer } from '../../../models/scorer.ts';
import { HELD_DIMENSION, HELD_LEADS, HELD_LENGTH, HeldEncoder, settled } from '../../helpers/held-encoder.ts';
import { weights, writeTinyModel } from '../../helpers/tiny-model.ts';

// Starting an encoder process takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

describe('the scorer on a real model', () => {
  const model = loadManifest(writeTinyModel({ labels: 5 }));
  let encoder: EcgEncoder;
  beforeAll(async () => {
    encoder = await createOnnxEncoder(model, { provider: 'cpu' });
  });
  afterAll(() => encoder.close());

  it('gives every label, highest score first, with the embedding and the model that made it', async () => {
    const bank = loadLabelBank(model);
    const scorer = new Scorer({ encoder, bank, clock: systemClock });
    const scored = await Promise.all([1, 2, 3].map((seed) => scorer.score({
      bed: `bed-${seed}`, ecg: weights(12_000, seed), presence: new Uint8Array(12).fill(1),
      deadlineMs: epochMs(systemClock.now() + 30_000), priority: 'routine' })));
    for (const { embedding, findings, modelId } of scored) {
      expect(modelId).toBe(model.id);
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
      expect(findings.map((finding) => finding.label).sort()).toEqual(bank.labels.map((label) => label.id));
      expect(findings.map((finding) => finding.score)).toEqual(findings.map((finding) => finding.score).sort((a, b) => b - a));
    }
    expect(scored[0]!.embedding).not.toEqual(scored[1]!.embedding);
    expect(scorer.stats()).toMatchObject({ executionProvider: 'cpu', modelId: model.id, segments: 3, batches: 1, meanBatchSize: 3, latency: { count: 3 } });
  });
});

describe('the scorer whose model is swapped under load, on real encoders', () => {
  it('answers every segment once, in each bed\'s order, with embedding, labels and name of one and the same model', async () => {
    const models = [loadManifest(writeTinyModel({ dimension: 16, labels: 5 })), loadManifest(writeTinyModel({ dimension: 24, labels: 3 }))];
    const parts = await Promise.all(models.map(async (model) => ({ model, bank: loadLabelBank(model), encoder: await createOnnxEncoder(model, { provider: 'cpu', batchSizes: [1, 2, 4] }) })));
    const scorer = new Scorer({ ...parts[0]!, clock: systemClock });
    const answers = new Map<string, number[]>();
    const ids = new Set<string>();
    let asked = 0;
    let swapped = false;
    const bed = async (name: string, seed: number): Promise<void> => {
      const ecg = weights(12_000, seed);
      const underWay: Promise<void>[] = [];
      for (let turn = 0; turn < 20 || (!swapped && turn < 100_000); turn++) {
        asked++;
        underWay.push(scorer.score({ bed: name, ecg, presence: new Uint8Array(12).fill(1), deadlineMs: epochMs(systemClock.now() + 600_000), priority: 'routine' })
          .then(({ embedding, findings, modelId, manifestSha256 }) => {
            const { model, bank } = parts.find((part) => part.model.id === modelId)!;
            expect([embedding.length, findings.length, manifestSha256]).toEqual([bank.dimension, bank.labels.length, model.sha256]);
            ids.add(modelId);
            answers.set(name, [...(answers.get(name) ?? []), turn]);
          }));
        // Two under way for each bed, so that one could overtake the other.
        if (turn > 0) await underWay[turn - 1];
      }
      await Promise.all(underWay);
    };
    const beds = Array.from({ length: 8 }, (_, i) => bed(`bed-${i}`, i));
    for (const next of [1, 0, 1, 0, 1]) {
      await scorer.replaceModel(parts[next]!.encoder, parts[next]!.bank);
      await scorer.score({ bed: 'between', ecg: weights(12_000, 99), presence: new Uint8Array(12).fill(1), deadlineMs: epochMs(systemClock.now() + 600_000), priority: 'routine' });
    }
    swapped = true;
    await Promise.all(beds);
    expect(ids.size).toBe(2);
    expect([...answers.values()].flat()).toHaveLength(asked);
    for (const turns of answers.values()) expect(turns).toEqual(turns.map((_, i) => i));
    expect(scorer.stats().dropped).toEqual({ overload: 0, stale: 0, failed: 0 });
    await Promise.all(parts.map(({ encoder }) => encoder.close()));
  }, 120_000);
});

describe('the scorer', () => {
  const bank: LabelBank = {
    manifestSha256: '0'.repeat(64),
    labels: [{ id: 'only', name: 'Only', kind: 'rhythm', prompts: ['x'], method: 'prompt', cosineMean: 0, cosineSd: 1 }],
    dimension: HELD_DIMENSION,
    embeddings: Float32Array.of(0.5, 0.5, 0.5, 0.5),
  };
  const segment = (value: number) => ({
    bed: 'bed', ecg: new Float32Array(HELD_LEADS * HELD_LENGTH).fill(value), presence: Uint8Array.of(1, 1), deadlineMs: epochMs(10_000), priority: 'routine' as const });

  it('tells the latency of its answers, of which it has none at first', async () => {
    const clock = new ManualClock();
    const encoder = new HeldEncoder([1]);
    const scorer = new Scorer({ encoder, bank, clock });
    expect(scorer.stats().latency).toEqual({ count: 0, p50Ms: NaN, p99Ms: NaN });
    for (const latencyMs of [10, 30, 20]) {
      const scored = scorer.score(segment(0.5));
      clock.advance(ms(latencyMs));
      encoder.batches.at(-1)!.succeed();
      expect((await scored).findings).toEqual([{ label: 'only', cosine: 1, score: 1 }]);
      await settled();
    }
    expect(scorer.stats().latency).toEqual({ count: 3, p50Ms: 20, p99Ms: 30 });
  });

  it('refuses an embedding that is not of unit length, so that no cosine is made of it', async () => {
    for (const value of [0.9, NaN]) {
      const encoder = new HeldEncoder([1]);
      const scored = new Scorer({ encoder, bank, clock: new ManualClock() }).score(segment(value));
      encoder.batches[0]!.succeed();
      await expect(scored).rejects.toMatchObject({ code: 'MODEL_MISMATCH' });
    }
  });

  it('refuses labels of another dimension than the encoder\'s', () => {
    expect(() => new Scorer({ encoder: new HeldEncoder(), bank: { ...bank, dimension: 7 }, clock: new ManualClock() })).toThrow(/expected 4, received 7/);
  });
});

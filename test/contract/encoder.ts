/** What every implementation of `EcgEncoder` must do, run once per implementation. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EcgEncoder, EncoderBatch } from '../../models/encoder.ts';
import { weights } from '../helpers/tiny-model.ts';

/** Padding and company change the order of additions inside the runtime, never more than this. */
const TOLERANCE = 1e-5;

export function encoderContract(name: string, open: () => Promise<EcgEncoder>): void {
  describe(`an ECG encoder: ${name}`, () => {
    let encoder: EcgEncoder;
    beforeAll(async () => {
      encoder = await open();
    });
    afterAll(() => encoder.close());

    /** Segment `seed`: its own samples, and its own leads present. */
    const segment = (seed: number) => {
      const leads = encoder.manifest.leads.length;
      const presence = Float32Array.from({ length: leads }, (_, lead) => (lead === 1 || (lead + seed) % 3 > 0 ? 1 : 0));
      const ecg = weights(leads * encoder.manifest.length, seed).map((value, i) => value * presence[Math.floor(i / encoder.manifest.length)]!);
      return { ecg, presence };
    };
    const batchOf = (seeds: readonly number[]): EncoderBatch => {
      const segments = seeds.map(segment);
      return {
        size: seeds.length,
        ecg: Float32Array.from(segments.flatMap(({ ecg }) => [...ecg])),
        presence: Float32Array.from(segments.flatMap(({ presence }) => [...presence])),
      };
    };
    const rows = (embeddings: Float32Array): Float32Array[] => {
      const { embeddingDimension } = encoder.manifest;
      return Array.from({ length: embeddings.length / embeddingDimension }, (_, row) => embeddings.slice(row * embeddingDimension, (row + 1) * embeddingDimension));
    };
    const expectNear = (a: Float32Array, b: Float32Array): void => {
      expect(a).toHaveLength(b.length);
      expect(Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))).toBeLessThanOrEqual(TOLERANCE);
    };

    it('says which model it is and where it runs', () => {
      expect(encoder.modelId).toMatch(/^.+@[0-9a-f]{8}$/);
      expect(['cpu', 'cuda', 'webgpu']).toContain(encoder.executionProvider);
    });

    it('gives one embedding of unit length a segment', async () => {
      const embeddings = rows(await encoder.embed(batchOf([1, 2, 3])));
      expect(embeddings).toHaveLength(3);
      for (const embedding of embeddings) expect(Math.hypot(...embedding)).toBeCloseTo(1, 4);
    });

    it('gives a segment the same embedding alone, in company, and whatever the padding', async () => {
      const [alone] = rows(await encoder.embed(batchOf([7])));
      for (const seeds of [[7, 8], [8, 9, 7], [1, 2, 3, 4, 7], [1, 2, 3, 4, 5, 6, 8, 9, 7]]) {
        const embeddings = rows(await encoder.embed(batchOf(seeds)));
        expectNear(embeddings[seeds.indexOf(7)]!, alone!);
      }
    });

    it('tells different segments apart', async () => {
      const [a, b] = rows(await encoder.embed(batchOf([1, 2])));
      expect(Math.max(...a!.map((value, i) => Math.abs(value - b![i]!)))).toBeGreaterThan(100 * TOLERANCE);
    });

    it('answers batches asked for at the same time each with its own embeddings, in the order of the calls', async () => {
      const order: number[] = [];
      const sizes = [3, 1, 5, 2, 4, 1, 8, 1];
      const answers = await Promise.all(sizes.map(async (size, call) => {
        const embeddings = await encoder.embed(batchOf(Array.from({ length: size }, (_, i) => 10 * call + i)));
        order.push(call);
        return rows(embeddings);
      }));
      expect(order).toEqual(sizes.map((_, call) => call));
      for (const [call, embeddings] of answers.entries()) {
        const [alone] = rows(await encoder.embed(batchOf([10 * call])));
        expectNear(embeddings[0]!, alone!);
      }
    });

    it('refuses a batch whose parts have other shapes, or that is larger than its largest', async () => {
      const batch = batchOf([1]);
      await expect(encoder.embed({ ...batch, size: 2 })).rejects.toThrow(RangeError);
      await expect(encoder.embed({ ...batch, presence: new Float32Array(1) })).rejects.toThrow(RangeError);
      await expect(encoder.embed({ size: 0, ecg: new Float32Array(0), presence: new Float32Array(0) })).rejects.toThrow(RangeError);
      const tooMany = encoder.batchSizes.at(-1)! + 1;
      const { leads, length } = encoder.manifest;
      await expect(encoder.embed({
        size: tooMany, ecg: new Float32Array(tooMany * leads.length * length), presence: new Float32Array(tooMany * leads.length) })).rejects.toThrow(RangeError);
    });
  });

  it(`an ECG encoder: ${name}, once closed, rejects what is under way and what comes, and may be closed again`, async () => {
    const encoder = await open();
    const { leads, length } = encoder.manifest;
    const batch = { size: 1, ecg: weights(leads.length * length, 1), presence: new Float32Array(leads.length).fill(1) };
    const underWay = [encoder.embed(batch), encoder.embed(batch), encoder.embed(batch)];
    const codes = Promise.all(underWay.map((answer) => answer.catch((error) => error.code)));
    await encoder.close();
    expect(await codes).toEqual(['ENCODER_UNAVAILABLE', 'ENCODER_UNAVAILABLE', 'ENCODER_UNAVAILABLE']);
    await encoder.close();
    expect(encoder.executionProvider).toBe('none');
    await expect(encoder.embed(batch)).rejects.toMatchObject({ code: 'ENCODER_UNAVAILABLE' });
  });
}

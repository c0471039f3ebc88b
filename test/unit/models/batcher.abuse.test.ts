/** What a batcher must survive: encoders and callers that break their contract. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../ecg/clock.ts';
import { EcgError } from '../../../ecg/errors.ts';
import { epochMs, ms } from '../../../ecg/units.ts';
import { Batcher } from '../../../models/batcher.ts';
import { HELD_DIMENSION, HELD_LEADS, HELD_LENGTH, HeldEncoder, settled } from '../../helpers/held-encoder.ts';

function abused(encoder = new HeldEncoder()) {
  const clock = new ManualClock();
  const batcher = new Batcher(encoder, clock, { maxWaitMs: 0 });
  const submit = (value: number, deadline = 1000): Promise<Float32Array> => batcher.submit({
    bed: 'bed', ecg: new Float32Array(HELD_LEADS * HELD_LENGTH).fill(value), presence: Uint8Array.of(1, 1), deadlineMs: epochMs(deadline), priority: 'routine',
  }).then(({ embedding }) => embedding);
  return { clock, encoder, batcher, submit };
}

describe('the batcher under abuse', () => {
  it('rejects the segments of a batch whose encoder throws, and embeds the next', async () => {
    class Throwing extends HeldEncoder {
      override embed(batch: Parameters<HeldEncoder['embed']>[0]): Promise<Float32Array> {
        if (batch.ecg[0] === 1) throw new EcgError('ENCODER_CRASHED', 'thrown, not rejected');
        return super.embed(batch);
      }
    }
    const { encoder, submit } = abused(new Throwing());
    await expect(submit(1)).rejects.toMatchObject({ code: 'ENCODER_CRASHED' });
    const next = submit(2);
    encoder.batches[0]!.succeed();
    expect(await next).toEqual(new Float32Array(HELD_DIMENSION).fill(2));
  });

  it('rejects only the segments of the batch that failed', async () => {
    const { encoder, batcher, submit } = abused();
    const first = submit(1);
    const rest = [2, 3, 4, 5].map((value) => submit(value));
    encoder.batches[0]!.fail(new EcgError('ENCODER_CRASHED', 'gone'));
    await expect(first).rejects.toMatchObject({ code: 'ENCODER_CRASHED' });
    encoder.batches[1]!.succeed();
    expect((await Promise.all(rest)).map((embedding) => embedding[0])).toEqual([2, 3, 4, 5]);
    expect(batcher.stats().droppedByBed.get('bed')).toEqual({ overload: 0, stale: 0, failed: 1 });
  });

  it.each([0, HELD_DIMENSION - 1, 2 * HELD_DIMENSION])('rejects an answer of %i numbers for one segment', async (length) => {
    const { encoder, submit } = abused();
    const segment = submit(1);
    encoder.batches[0]!.answer(new Float32Array(length));
    await expect(segment).rejects.toMatchObject({ code: 'MODEL_MISMATCH' });
  });

  it('with an encoder that never answers, rejects every segment at its deadline and keeps no queue', async () => {
    const { clock, batcher, submit } = abused();
    const waiting = [submit(1, 100), submit(2, 200), submit(3, 300)];
    const codes = Promise.all(waiting.map((segment) => segment.catch((error) => error.code)));
    clock.advance(ms(300));
    expect(await codes).toEqual(['INFERENCE_STALE', 'INFERENCE_STALE', 'INFERENCE_STALE']);
    expect(batcher.stats()).toMatchObject({ queueDepth: 0, dropped: { stale: 3 } });
  });

  it('closed with a batch under way and another waiting, rejects both, and ignores the late answer', async () => {
    const { encoder, batcher, submit } = abused();
    const segments = [submit(1), submit(2)];
    batcher.close();
    for (const segment of segments) await expect(segment).rejects.toMatchObject({ code: 'ENCODER_UNAVAILABLE' });
    encoder.batches[0]!.succeed();
    await settled();
    await expect(submit(3)).rejects.toMatchObject({ code: 'ENCODER_UNAVAILABLE' });
    expect(encoder.batches).toHaveLength(1);
  });

  it('goes on when a caller throws in its then', async () => {
    const { encoder, submit } = abused();
    const thrown = submit(1).then(() => {
      throw new Error('the caller\'s own');
    });
    encoder.batches[0]!.succeed();
    await expect(thrown).rejects.toThrow('the caller\'s own');
    const next = submit(2);
    encoder.batches[1]!.succeed();
    expect((await next)[0]).toBe(2);
  });

  it('embeds what a segment held when its batch formed, however the caller writes over it later', async () => {
    const { encoder, batcher } = abused();
    const ecg = new Float32Array(HELD_LEADS * HELD_LENGTH).fill(7);
    const segment = batcher.submit({ bed: 'bed', ecg, presence: Uint8Array.of(1, 1), deadlineMs: epochMs(1000), priority: 'routine' });
    ecg.fill(-1);
    encoder.batches[0]!.succeed();
    expect((await segment).embedding[0]).toBe(7);
  });

  it('never writes into the memory of a batch that still runs', async () => {
    class Keeping extends HeldEncoder {
      readonly seen: Float32Array[] = [];
      override embed(batch: Parameters<HeldEncoder['embed']>[0]): Promise<Float32Array> {
        this.seen.push(batch.ecg);
        return super.embed(batch);
      }
    }
    const encoder = new Keeping([1]);
    const { submit } = abused(encoder);
    const segments = [submit(1), submit(2), submit(3)];
    expect(encoder.seen.map((ecg) => ecg[0])).toEqual([1, 2]);
    for (const batch of [0, 1, 2]) {
      encoder.batches[batch]!.succeed();
      await segments[batch];
      await settled();
    }
    expect(encoder.seen[1]![0]).toBe(2);
  });

  it('whose encoder is replaced while a batch runs waits for it, gives the rest to the new one, and says when the old one may go', async () => {
    const { encoder, batcher, submit } = abused(new HeldEncoder([1]));
    const segments = [1, 2, 3].map((value) => submit(value));
    const next = new HeldEncoder([1]);
    let retired = false;
    void batcher.replaceEncoder(next).then(() => (retired = true));
    encoder.batches[0]!.succeed();
    await settled();
    expect([retired, next.batches.length]).toEqual([false, 0]);
    encoder.batches[1]!.fail(new Error('at the last moment'));
    await expect(segments[1]).rejects.toThrow('at the last moment');
    await settled();
    expect(retired).toBe(true);
    next.batches[0]!.succeed();
    expect(await Promise.all([segments[0], segments[2]].map(async (segment) => (await segment)![0]))).toEqual([1, 3]);
  });

  it('refuses an encoder that takes other segments or smaller batches, and goes on with its own', async () => {
    const { encoder, batcher, submit } = abused();
    const longer = new HeldEncoder();
    Object.assign(longer.manifest, { length: HELD_LENGTH + 1 });
    expect(() => batcher.replaceEncoder(longer)).toThrow(RangeError);
    expect(() => batcher.replaceEncoder(new HeldEncoder([1, 2]))).toThrow(RangeError);
    const segment = submit(1);
    encoder.batches[0]!.succeed();
    expect((await segment)[0]).toBe(1);
  });
});

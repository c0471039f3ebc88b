import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../ecg/clock.ts';
import { epochMs, ms } from '../../../ecg/units.ts';
import { Batcher, type BatcherOptions } from '../../../models/batcher.ts';
import type { EmbedRequest } from '../../../models/segment-queue.ts';
import { HELD_LEADS, HELD_LENGTH, HeldEncoder, settled } from '../../helpers/held-encoder.ts';

function bench(options: BatcherOptions = {}, sizes?: readonly number[]) {
  const clock = new ManualClock();
  const encoder = new HeldEncoder(sizes);
  const batcher = new Batcher(encoder, clock, { maxWaitMs: 10, ...options });
  const outcomes = new Map<number, string>();
  const submit = (value: number, request: Partial<EmbedRequest> = {}): void => {
    batcher.submit({
      bed: `bed-${value}`, ecg: new Float32Array(HELD_LEADS * HELD_LENGTH).fill(value), presence: Uint8Array.of(1, 1),
      deadlineMs: epochMs(clock.now() + 1000), priority: 'routine', ...request,
    }).then(({ embedding }) => outcomes.set(value, `embedding ${embedding[0]}`), (error) => outcomes.set(value, error.code ?? error.name));
  };
  const batches = (): readonly (readonly number[])[] => encoder.batches.map((batch) => batch.firstSamples);
  return { clock, encoder, batcher, outcomes, submit, batches };
}

describe('the batcher', () => {
  it('hands over a lone segment when it has waited the maximum, not before', () => {
    const { clock, submit, batches } = bench();
    submit(1);
    clock.advance(ms(9));
    expect(batches()).toEqual([]);
    clock.advance(ms(1));
    expect(batches()).toEqual([[1]]);
  });

  it('hands over at once when the largest batch is full', () => {
    const { submit, batches } = bench();
    for (const value of [1, 2, 3, 4]) submit(value);
    expect(batches()).toEqual([[1, 2, 3, 4]]);
  });

  it('hands over at once with a maximum wait of 0', () => {
    const { submit, batches } = bench({ maxWaitMs: 0 });
    submit(1);
    expect(batches()).toEqual([[1]]);
  });

  it('forms the next batch while one runs', async () => {
    const { clock, encoder, submit, batches } = bench();
    submit(1);
    clock.advance(ms(10));
    submit(2);
    submit(3);
    clock.advance(ms(50));
    expect(batches()).toEqual([[1]]);
    encoder.batches[0]!.succeed();
    await settled();
    expect(batches()).toEqual([[1], [2, 3]]);
  });

  it('lays one full batch ready behind the running one, and no second', () => {
    const { submit, batches } = bench();
    for (let value = 1; value <= 12; value++) submit(value);
    expect(batches()).toEqual([[1, 2, 3, 4], [5, 6, 7, 8]]);
  });

  it('pads where at most a quarter would be padding, and else fills a smaller batch first', () => {
    const three = bench();
    for (const value of [1, 2, 3]) three.submit(value);
    three.clock.advance(ms(10));
    expect(three.batches()).toEqual([[1, 2, 3]]);

    const five = bench({}, [1, 2, 4, 8]);
    for (const value of [1, 2, 3, 4, 5]) five.submit(value);
    five.clock.advance(ms(10));
    expect(five.batches()).toEqual([[1, 2, 3, 4]]);
  });

  it('pads as much as it takes on a GPU', () => {
    const { clock, encoder, submit, batches } = bench({}, [1, 2, 4, 8]);
    encoder.executionProvider = 'cuda';
    for (const value of [1, 2, 3, 4, 5]) submit(value);
    clock.advance(ms(10));
    expect(batches()).toEqual([[1, 2, 3, 4, 5]]);
  });

  it('takes a bed in alarm first, and its earlier segments with it', async () => {
    const { clock, encoder, submit, batches } = bench();
    submit(1);
    clock.advance(ms(10));
    submit(2);
    submit(3, { bed: 'ill' });
    submit(4);
    submit(5, { bed: 'ill', priority: 'alarm' });
    encoder.batches[0]!.succeed();
    await settled();
    expect(batches()[1]).toEqual([3, 5, 2, 4]);
  });

  it('rejects at the deadline a segment that still waits', async () => {
    const { clock, outcomes, submit, batches, batcher } = bench({ maxWaitMs: 100 });
    submit(1, { deadlineMs: epochMs(20) });
    clock.advance(ms(20));
    await settled();
    expect(outcomes.get(1)).toBe('INFERENCE_STALE');
    clock.advance(ms(1000));
    expect(batches()).toEqual([]);
    expect(batcher.stats()).toMatchObject({ queueDepth: 0, dropped: { stale: 1 } });
  });

  it('rejects at the deadline a segment whose batch runs, and throws its late embedding away', async () => {
    const { clock, encoder, outcomes, submit } = bench();
    submit(1, { deadlineMs: epochMs(20) });
    submit(2);
    clock.advance(ms(20));
    await settled();
    expect([...outcomes]).toEqual([[1, 'INFERENCE_STALE']]);
    encoder.batches[0]!.succeed();
    await settled();
    expect([...outcomes]).toEqual([[1, 'INFERENCE_STALE'], [2, 'embedding 2']]);
  });

  it('rejects at once a segment that comes after its deadline', async () => {
    const { clock, outcomes, submit, batches } = bench();
    clock.advance(ms(30));
    submit(1, { deadlineMs: epochMs(30) });
    await settled();
    expect(outcomes.get(1)).toBe('INFERENCE_STALE');
    expect(batches()).toEqual([]);
  });

  it('when full, drops the older segment of the same bed and counts it for that bed', async () => {
    const { clock, outcomes, submit, batches, batcher } = bench({ capacity: 2 });
    submit(1, { bed: 'a' });
    submit(2, { bed: 'b' });
    submit(3, { bed: 'b' });
    clock.advance(ms(10));
    await settled();
    expect(outcomes.get(2)).toBe('INFERENCE_OVERLOAD');
    expect(batches()).toEqual([[1, 3]]);
    expect(batcher.stats().droppedByBed.get('b')).toEqual({ overload: 1, stale: 0, failed: 0 });
    expect(batcher.stats().droppedByBed.has('a')).toBe(false);
  });

  it('when full, drops what a newer segment of any bed has made old before it drops a bed\'s only segment', async () => {
    const { outcomes, submit } = bench({ capacity: 3 });
    submit(1, { bed: 'a' });
    submit(2, { bed: 'b' });
    submit(3, { bed: 'b' });
    submit(4, { bed: 'c' });
    await settled();
    expect([...outcomes]).toEqual([[2, 'INFERENCE_OVERLOAD']]);
  });

  it('when full of beds in alarm, turns away a routine segment of another bed', async () => {
    const { outcomes, submit } = bench({ capacity: 2 });
    submit(1, { priority: 'alarm' });
    submit(2, { priority: 'alarm' });
    submit(3);
    await settled();
    expect([...outcomes]).toEqual([[3, 'INFERENCE_OVERLOAD']]);
  });

  it('refuses a segment of another shape than the model\'s', async () => {
    const { outcomes, submit } = bench();
    submit(1, { ecg: new Float32Array(5) });
    submit(2, { presence: new Uint8Array(3) });
    await settled();
    expect([...outcomes.values()]).toEqual(['RangeError', 'RangeError']);
  });

  it('refuses impossible options', () => {
    const make = (options: BatcherOptions) => () => new Batcher(new HeldEncoder(), new ManualClock(), options);
    expect(make({ capacity: 0 })).toThrow(RangeError);
    expect(make({ maxWaitMs: NaN })).toThrow(RangeError);
    expect(make({ batchSizes: [] })).toThrow(RangeError);
    expect(make({ batchSizes: [1, 8] })).toThrow(/at most 4/);
  });
});

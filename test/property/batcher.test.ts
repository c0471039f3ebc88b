import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../ecg/clock.ts';
import { epochMs, ms } from '../../ecg/units.ts';
import { Batcher } from '../../models/batcher.ts';
import type { InferencePriority } from '../../models/segment-queue.ts';
import { HELD_DIMENSION, HELD_LEADS, HELD_LENGTH, HeldEncoder, settled, type HeldBatch } from '../helpers/held-encoder.ts';
import fc from '../helpers/properties.ts';

const CAPACITY = 6;
const MAX_WAIT_MS = 10;
const LARGEST = 4;

type Step =
  | { readonly do: 'submit'; readonly bed: string; readonly priority: InferencePriority; readonly patienceMs: number }
  | { readonly do: 'advance'; readonly byMs: number }
  | { readonly do: 'succeed' | 'fail' | 'swap' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({
    do: fc.constant('submit' as const), bed: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
    priority: fc.constantFrom<InferencePriority>('routine', 'routine', 'alarm'), patienceMs: fc.integer({ min: 0, max: 80 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advance' as const), byMs: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 3, arbitrary: fc.constant({ do: 'succeed' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'fail' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'swap' as const }) },
);

interface Submitted {
  readonly value: number;
  readonly bed: string;
  readonly atMs: number;
  readonly deadlineMs: number;
  settlements: { readonly outcome: string; readonly atMs: number; readonly order: number }[];
}

/** Plays the steps against a batcher, then lets everything end, and returns all that was observed. */
async function play(steps: readonly Step[]) {
  const clock = new ManualClock();
  const batches: HeldBatch[] = [];
  const newEncoder = (swaps: number): HeldEncoder => new HeldEncoder([1, 2, LARGEST], `held@${swaps}`, batches);
  const batcher = new Batcher(newEncoder(0), clock, { maxWaitMs: MAX_WAIT_MS, capacity: CAPACITY });
  let swaps = 0;
  let retired = 0;
  let settlements = 0;
  const submitted: Submitted[] = [];
  const queueDepths: number[] = [];
  let answered = 0;
  /** Two models at work at the same time. */
  let overlaps = 0;
  const answerNext = (act: 'succeed' | 'fail'): void => {
    const batch = batches[answered];
    if (!batch) return;
    answered++;
    if (act === 'succeed') batch.succeed();
    else batch.fail(new Error('failed batch'));
  };
  // By the millisecond, so that a settlement is seen at its own time.
  const pass = async (byMs: number): Promise<void> => {
    for (let passed = 0; passed < byMs; passed++) {
      clock.advance(ms(1));
      await settled();
    }
  };
  for (const next of steps) {
    if (next.do === 'submit') {
      const one: Submitted = { value: submitted.length + 1, bed: next.bed, atMs: clock.now(), deadlineMs: clock.now() + next.patienceMs, settlements: [] };
      submitted.push(one);
      const settle = (outcome: string): void => void one.settlements.push({ outcome, atMs: clock.now(), order: settlements++ });
      batcher.submit({
        bed: one.bed, priority: next.priority, deadlineMs: epochMs(one.deadlineMs),
        ecg: new Float32Array(HELD_LEADS * HELD_LENGTH).fill(one.value), presence: Uint8Array.of(1, 1),
      }).then(({ embedding }) => settle(embedding.length === HELD_DIMENSION ? `embedding ${embedding[0]}` : 'wrong length'), (error) => settle(error.code ?? error.message));
    } else if (next.do === 'advance') {
      await pass(next.byMs);
    } else if (next.do === 'swap') {
      void batcher.replaceEncoder(newEncoder(++swaps)).then(() => retired++);
    } else {
      answerNext(next.do);
    }
    await settled();
    if (new Set(batches.slice(answered).map(({ modelId }) => modelId)).size > 1) overlaps++;
    queueDepths.push(batcher.stats().queueDepth);
  }
  for (let round = 0; round < submitted.length + 2; round++) {
    await pass(MAX_WAIT_MS);
    answerNext('succeed');
    await settled();
  }
  return { submitted, queueDepths, swaps, retired, overlaps, batches: batches.map((batch) => batch.firstSamples), models: batches.map(({ modelId }) => modelId), stats: batcher.stats() };
}

const check = (predicate: (observed: Awaited<ReturnType<typeof play>>) => void): Promise<void> =>
  fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => predicate(await play(steps))), { numRuns: 150 });

describe('the batcher, for any course of submissions, time, answers, failures and swaps of the model', () => {
  it('settles every request exactly once, an answered one with its own embedding', () => check(({ submitted }) => {
    for (const { value, settlements } of submitted) {
      expect(settlements).toHaveLength(1);
      expect([`embedding ${value}`, 'INFERENCE_STALE', 'INFERENCE_OVERLOAD', 'failed batch']).toContain(settlements[0]!.outcome);
    }
  }));

  it('answers nothing after its deadline', () => check(({ submitted }) => {
    for (const { deadlineMs, settlements } of submitted) expect(settlements[0]!.atMs).toBeLessThanOrEqual(deadlineMs);
  }));

  it('keeps the queue within its bound and batches within the largest', () => check(({ queueDepths, batches }) => {
    for (const depth of queueDepths) expect(depth).toBeLessThanOrEqual(CAPACITY);
    for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(LARGEST);
  }));

  it('embeds no segment twice, and each bed\'s in the order they came', () => check(({ submitted, batches }) => {
    const order = batches.flat();
    expect(new Set(order).size).toBe(order.length);
    for (const bed of new Set(submitted.map((one) => one.bed))) {
      const ofBed = order.filter((value) => submitted[value - 1]!.bed === bed);
      expect(ofBed).toEqual([...ofBed].sort((a, b) => a - b));
    }
  }));

  it('answers the segments of a bed in the order they came, whichever model does', () => check(({ submitted }) => {
    for (const bed of new Set(submitted.map((one) => one.bed))) {
      const answers = submitted.filter((one) => one.bed === bed && one.settlements[0]!.outcome.startsWith('embedding')).map((one) => one.settlements[0]!.order);
      expect(answers).toEqual([...answers].sort((a, b) => a - b));
    }
  }));

  it('never has two models at work, never goes back to a replaced one, and lets each go', () => check(({ swaps, retired, overlaps, models }) => {
    expect(overlaps).toBe(0);
    expect(models).toEqual([...models].sort((a, b) => Number(a.split('@')[1]) - Number(b.split('@')[1])));
    expect(retired).toBe(swaps);
  }));

  it('counts every drop, in all and per bed', () => check(({ submitted, stats }) => {
    const count = (outcome: string, bed?: string): number =>
      submitted.filter((one) => one.settlements[0]!.outcome === outcome && (bed === undefined || one.bed === bed)).length;
    expect(stats.dropped).toEqual({ overload: count('INFERENCE_OVERLOAD'), stale: count('INFERENCE_STALE'), failed: count('failed batch') });
    for (const [bed, drops] of stats.droppedByBed) {
      expect(drops).toEqual({ overload: count('INFERENCE_OVERLOAD', bed), stale: count('INFERENCE_STALE', bed), failed: count('failed batch', bed) });
    }
  }));
});

describe('the batcher with an encoder that answers at once', () => {
  it('lets no segment wait longer than the maximum', () => fc.assert(fc.asyncProperty(
    fc.array(fc.integer({ min: 0, max: 25 }), { minLength: 1, maxLength: 30 }), async (pausesMs) => {
      const clock = new ManualClock();
      const encoder = new HeldEncoder([1, 2, LARGEST]);
      const batcher = new Batcher(encoder, clock, { maxWaitMs: MAX_WAIT_MS });
      const waitsMs: number[] = [];
      let answered = 0;
      const tick = async (byMs: number): Promise<void> => {
        for (let passed = 0; passed <= byMs; passed++) {
          if (passed > 0) clock.advance(ms(1));
          for (await settled(); answered < encoder.batches.length; await settled()) encoder.batches[answered++]!.succeed();
        }
      };
      for (const [i, pauseMs] of pausesMs.entries()) {
        const startMs = clock.now();
        void batcher.submit({
          bed: `bed-${i % 3}`, priority: 'routine', deadlineMs: epochMs(startMs + 1000),
          ecg: new Float32Array(HELD_LEADS * HELD_LENGTH), presence: Uint8Array.of(1, 1),
        }).then(() => waitsMs.push(clock.now() - startMs));
        await tick(pauseMs);
      }
      await tick(MAX_WAIT_MS);
      expect(waitsMs).toHaveLength(pausesMs.length);
      expect(Math.max(...waitsMs)).toBeLessThanOrEqual(MAX_WAIT_MS);
    }), { numRuns: 40 }));
});

import { describe, expect, it } from 'vitest';
import { epochMs } from '../../ecg/units.ts';
import { SegmentQueue, type InferencePriority, type Queued } from '../../models/segment-queue.ts';
import fc from '../helpers/properties.ts';

const CAPACITY = 5;

interface Item extends Queued {
  readonly arrival: number;
}

const pushes = fc.array(fc.record({
  bed: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), priority: fc.constantFrom<InferencePriority>('routine', 'routine', 'alarm') }), { maxLength: 40 });

const item = (bed: string, priority: InferencePriority, arrival: number): Item => ({
  request: { bed, priority, ecg: new Float32Array(0), presence: new Uint8Array(0), deadlineMs: epochMs(0) }, priority, due: false, arrival });

/** Pushes all; calls back with what the queue held before each push, what was pushed and what gave way. */
function fill(all: readonly { bed: string; priority: InferencePriority }[], observe: (before: readonly Item[], pushed: Item, loser: Item | undefined) => void): Item[] {
  const queue = new SegmentQueue<Item>(CAPACITY);
  let held: Item[] = [];
  all.forEach(({ bed, priority }, arrival) => {
    const pushed = item(bed, priority, arrival);
    const loser = queue.push(pushed);
    observe(held, pushed, loser);
    held = [...held, pushed].filter((one) => one !== loser);
    expect(queue.length).toBe(held.length);
  });
  return queue.take(CAPACITY);
}

describe('the segment queue, for any arrivals', () => {
  it('lets something give way exactly when it is full, and nothing twice', () => fc.assert(fc.property(pushes, (all) => {
    fill(all, (before, _, loser) => expect(loser !== undefined).toBe(before.length === CAPACITY));
  })));

  it('lets the newest segment of each bed win: one that is its bed\'s newest gives way only where every bed waits with one', () => fc.assert(fc.property(pushes, (all) => {
    fill(all, (before, pushed, loser) => {
      if (!loser) return;
      const together = [...before, pushed];
      const isNewest = (one: Item): boolean => !together.some((other) => other.request.bed === one.request.bed && other.arrival > one.arrival);
      if (isNewest(loser)) {
        expect(together.every(isNewest)).toBe(true);
        // And then never one of a bed in alarm for a routine one.
        expect(loser.priority === 'alarm' && together.some((one) => one.priority === 'routine')).toBe(false);
      }
    });
  })));

  it('stands in order: alarm first, then arrival, and no segment of a bed before an earlier one of it', () => fc.assert(fc.property(pushes, (all) => {
    const held = fill(all, () => undefined);
    const firstRoutine = held.findIndex((one) => one.priority === 'routine');
    if (firstRoutine >= 0) expect(held.slice(firstRoutine).every((one) => one.priority === 'routine')).toBe(true);
    const routine = held.filter((one) => one.priority === 'routine').map((one) => one.arrival);
    expect(routine).toEqual([...routine].sort((a, b) => a - b));
    for (const one of held) {
      const ofBed = held.filter((other) => other.request.bed === one.request.bed).map((other) => other.arrival);
      expect(ofBed).toEqual([...ofBed].sort((a, b) => a - b));
    }
  })));
});

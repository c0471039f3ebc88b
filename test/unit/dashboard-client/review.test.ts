import { describe, expect, it } from 'vitest';
import { annotatedBeats, matches, rowsOf } from '../../../dashboard/client/review/event-rows.ts';
import type { StoredEvent, StoredRun } from '../../../dashboard/client/review/history-client.ts';
import { BANDS, stripOf } from '../../../dashboard/client/review/strip-data.ts';
import { clampTo, dateTimeText, HOUR_MS, lineCount, LINE_MS, lineOf, parseTime, windowAround, windowEnding } from '../../../dashboard/client/review/window.ts';

const AS_RECORDED = BANDS.find(({ name }) => name === '')!;

describe('the time under review', () => {
  it('is whole minutes, a line each, the last of them holding the moment it ends with', () => {
    const window = windowEnding(10 * HOUR_MS + 90_500, 6);
    expect(window.toMs % LINE_MS).toBe(0);
    expect(lineCount(window)).toBe(360);
    expect(lineOf(window, 10 * HOUR_MS + 90_500)).toBe(359);
    expect(clampTo(window, Infinity)).toBe(window.toMs - 1);
    expect(lineOf(windowAround(10 * HOUR_MS, 1), 10 * HOUR_MS)).toBe(29);
  });

  it('reads a time as it writes one, and as a person in a hurry types one', () => {
    const noon = new Date(2026, 2, 1, 12, 0, 5).getTime();
    expect(parseTime(dateTimeText(noon), 0)).toBe(noon);
    expect(parseTime('12:00:05', noon + 3 * HOUR_MS)).toBe(noon);
    expect(parseTime(' 9:07 ', noon)).toBe(new Date(2026, 2, 1, 9, 7).getTime());
    for (const wrong of ['', 'noon', '25:00', '12:60', '2026-02-30 12:00', '12']) expect(parseTime(wrong, noon)).toBeUndefined();
  });
});

describe('events as rows', () => {
  const event = (kind: StoredEvent['kind'], atMs: number, name: string, rest: Partial<StoredEvent> = {}): StoredEvent => ({ bed: 'b', atMs, kind, name, id: `${kind}-${atMs}`, detail: {}, ...rest });
  const alarm = (atMs: number, state: string, priority: string): StoredEvent => event('alarm', atMs, 'asystole', { priority, detail: { onsetMs: 1000, state, cause: 'no QRS for 4.0 s' } });

  it('make one row of an alarm whatever became of it, at its onset, with its highest priority', () => {
    const rows = rowsOf([alarm(5000, 'active', 'medium'), alarm(6000, 'acknowledged', 'high'), alarm(9000, 'cleared', 'high'), alarm(12_000, 'cleared', 'high')]);
    expect(rows).toEqual([expect.objectContaining({ kind: 'alarm', atMs: 1000, endMs: 9000, priority: 'high', detail: 'no QRS for 4.0 s' })]);
    expect(matches(rows[0]!, 'alarm', 'high')).toBe(true);
    expect(matches(rows[0]!, 'all', 'low')).toBe(false);
  });

  it('leave normal beats out, gather a run of ventricular ones, and stand in order of time', () => {
    const beats = [0, 800, 1600, 9000].map((atMs, i) => event('annotation', atMs, i === 0 ? 'N' : 'V'));
    const rows = rowsOf([...beats, event('annotation', 500, '+', { detail: { text: '(VT' } })]);
    expect(rows.map(({ name, atMs, count }) => [name, atMs, count])).toEqual([['+', 500, 1], ['V', 800, 2], ['V', 9000, 1]]);
    expect(rows[0]!.detail).toBe('VT');
    expect(annotatedBeats(beats).map((beat) => beat.class)).toEqual(['normal', 'ventricular', 'ventricular', 'ventricular']);
  });
});

describe('a stored strip', () => {
  const run = (startMs: number, samples: readonly (number | null)[], leads = ['II']): StoredRun => ({ startMs, signal: { samplingFrequencyHz: 250, leads }, samplesUv: leads.map(() => samples) });

  it('places runs by their time and leaves missing what was not stored', () => {
    const data = stripOf('b', [run(20_000, [1, 2, null, 4]), run(20_400, [7])], [], 20_000, 1, AS_RECORDED)!;
    const { samplesUv } = data.leads[0]!;
    expect([...samplesUv.subarray(0, 5)]).toEqual([1, 2, NaN, 4, NaN]);
    expect(samplesUv[100]).toBe(7);
    expect(samplesUv).toHaveLength(250);
  });

  it('takes the signal that has most of it where the feed changed, and is none where nothing was stored', () => {
    const data = stripOf('b', [run(20_000, [1, 2]), run(20_100, Array.from({ length: 50 }, () => 5), ['I', 'II'])], [], 20_000, 1, AS_RECORDED)!;
    expect(data.leads.map(({ lead }) => lead)).toEqual(['I', 'II']);
    expect(data.leads[0]!.samplesUv[0]).toBeNaN();
    expect(stripOf('b', [run(5000, [1, 2])], [], 20_000, 1, AS_RECORDED)).toBeUndefined();
  });

  it('filters as the live page does: an electrode offset is gone, a beat is not', () => {
    const samples = Array.from({ length: 11 * 250 }, (_, i) => 5000 + (i % 250 < 10 ? 1000 : 0));
    const { samplesUv } = stripOf('b', [run(10_000, samples)], [], 20_000, 1, BANDS[0])!.leads[0]!;
    const sorted = [...samplesUv].sort((a, b) => a - b);
    expect(Math.abs(sorted[125]!)).toBeLessThan(100);
    expect(sorted.at(-1)!).toBeGreaterThan(600);
  });
});

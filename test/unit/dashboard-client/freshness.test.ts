import { describe, expect, it } from 'vitest';
import { freshness, STALE_AFTER_MS, type FreshnessInput } from '../../../dashboard/client/freshness.ts';

const live: FreshnessInput = { connected: true, live: true, numericsAgeMs: 400, sampleAgeMs: 900, sinceWaveformMs: 60 };

describe('freshness', () => {
  it('is live while samples and numerics come', () => {
    expect(freshness(live)).toEqual({ live: true, dataAgeMs: 60 });
  });

  it('ends within the promised 3 s, with 0.5 s left to draw it', () => {
    expect(STALE_AFTER_MS).toBeLessThanOrEqual(2500);
  });

  it.each([
    ['the connection is lost', { connected: false }],
    ['the server says so', { live: false }],
    ['numerics stop, though waveforms come', { numericsAgeMs: STALE_AFTER_MS + 1 }],
    ['samples stop, whatever the server last said', { sampleAgeMs: STALE_AFTER_MS + 1, sinceWaveformMs: STALE_AFTER_MS + 1 }],
    ['there was never a sample', { sampleAgeMs: null, sinceWaveformMs: Infinity }],
  ] as const)('is not live when %s', (_, change) => {
    expect(freshness({ ...live, ...change }).live).toBe(false);
  });

  it('stays live on a link too slow for waveforms, by the word of the numerics', () => {
    expect(freshness({ ...live, sinceWaveformMs: 60_000 })).toEqual({ live: true, dataAgeMs: 900 });
  });

  it('counts the age of a dead bed from its last sample, not from when a page that was just opened was sent its past', () => {
    expect(freshness({ ...live, live: false, sampleAgeMs: 26_000, sinceWaveformMs: 400 })).toEqual({ live: false, dataAgeMs: 26_000 });
  });

  it('never shows a negative age, whatever the clocks', () => {
    expect(freshness({ ...live, sampleAgeMs: -40 }).dataAgeMs).toBe(0);
  });
});

import { expect, it } from 'vitest';
import { ManualClock } from '../../../../ecg/clock.ts';
import { encodeFrame } from '../../../../ecg/frame.ts';
import { epochMs } from '../../../../ecg/units.ts';
import { FeedDoor } from '../../../../stream/feed/feed-session.ts';
import { DEFAULT_LIMITS } from '../../../../stream/alarm/limits.ts';
import { SPEC_WITHOUT_MODEL } from '../../../../stream/pipeline.ts';
import { Ward } from '../../../../stream/ward.ts';

it('a device whose every other frame is bad is answered each time, counted, and logged once for each kind of fault', () => {
  const log: string[] = [];
  const faults: string[] = [];
  const acknowledged: number[] = [];
  const ward = new Ward({
    clock: new ManualClock(epochMs(1_000_000)), spec: SPEC_WITHOUT_MODEL, scorer: undefined, vocabulary: { modelId: 'none', labels: [], findingsOf: () => [] },
    limitsOf: () => DEFAULT_LIMITS, bandOf: () => 'monitor', history: undefined, inAlarm: () => false, alarm: () => undefined, warn: (line) => log.push(line),
    createAnalyser: () => ({ push: () => ({ beats: [], changes: [] }), heartRateBpm: undefined, monitored: true, setLimits: () => undefined }),
  });
  const session = new FeedDoor(ward, { checkFeed: () => undefined }, (line) => log.push(line)).open({
    address: 'test', token: undefined, acknowledge: ({ sequence }) => acknowledged.push(sequence), fault: ({ code }) => faults.push(code), cut: () => log.push('cut') });
  session.hello({ version: 1, bed: 'bed-1', source: 'device', device: 'test', samplingFrequencyHz: 250, leads: ['II'], adcGain: [200], baseline: [0] });
  const frame = (n: number, change: object = {}): Uint8Array => encodeFrame({ sequence: n, sampleIndex: 25 * n, deviceTimeMs: 1_000_000 + 100 * n, samples: [new Int16Array(25)], ...change });
  for (let n = 0; n < 150; n++) {
    session.frame(frame(n));
    session.frame(n % 2 === 0 ? new Uint8Array(3) : frame(n + 1, { sampleIndex: 2 ** 40 }));
  }
  expect(acknowledged).toEqual(Array.from({ length: 150 }, (_, n) => n));
  expect(faults).toHaveLength(150);
  expect(ward.bed('bed-1')!.counters.refused).toBe(150);
  expect(log).toEqual([expect.stringContaining('shorter than its header'), expect.stringContaining('jumps further')]);
  ward.close();
});

import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../ecg/clock.ts';
import { MISSING_SAMPLE, type DigitalRecord } from '../../../../ecg/formats/wfdb.ts';
import { decodeFrame, encodeFrame, MISSING_ADU } from '../../../../ecg/frame.ts';
import { epochMs, hz, ms } from '../../../../ecg/units.ts';
import { parseHello } from '../../../../stream/feed/feed.ts';
import { replay, stepThrough } from '../../../../stream/feed/replay.ts';
import { CapturedSink } from '../../../helpers/captured-sink.ts';

const FS = 360;
const START = epochMs(1_700_000_000_000);

/** Two leads of `seconds`, each sample telling its index. */
function record(seconds: number, overrides: Partial<DigitalRecord> = {}): DigitalRecord {
  const adu = Int32Array.from({ length: seconds * FS }, (_, i) => i % 2000);
  return {
    name: '207', samplingFrequency: hz(FS), leads: ['MLII', 'V1'], adu: [adu, adu.map((value) => -value)],
    adcGain: [200, 100], baseline: [1024, 0], railAdu: [0, 2047], comments: [], ...overrides };
}

function scene(): { clock: ManualClock; sink: CapturedSink; options: { bed: string; device: string; clock: ManualClock } } {
  const clock = new ManualClock(START);
  return { clock, sink: new CapturedSink(clock), options: { bed: 'bed-3', device: 'MIT-BIH 207, replayed', clock } };
}

describe('a replay', () => {
  it('introduces itself with the gains and rails of the recording', () => {
    const { sink, options } = scene();
    replay(record(1), sink, options);
    expect(parseHello(sink.epochs[0]!.hello, 'test')).toMatchObject({
      bed: 'bed-3', source: 'recording', samplingFrequency: 360, leads: ['MLII', 'V1'], scale: { leadCount: 2, adcGain: [200, 100], baseline: [1024, 0] },
      railUv: [[-5120, 5115], [0, 20470]] });
  });

  it('sends every sample once, unchanged, in frames of 100 ms', async () => {
    const { clock, sink, options } = scene();
    const playback = replay(record(2), sink, options);
    clock.advance(ms(3000));
    await playback.done;
    expect(sink.samples(0, 0)).toEqual([...record(2).adu[0]!]);
    expect(sink.samples(0, 1)).toEqual([...record(2).adu[1]!]);
    expect(sink.epochs[0]!.frames).toHaveLength(20);
  });

  it('sends a frame when its last sample would have been captured, and never drifts', () => {
    const { clock, sink, options } = scene();
    replay(record(600), sink, options);
    for (let i = 0; i < 6000; i++) clock.advance(ms(97));
    const { frames } = sink.epochs[0]!;
    expect(frames).toHaveLength(Math.floor((6000 * 97) / 100));
    frames.forEach(({ frame, atMs }, i) => {
      expect(frame.deviceTimeMs).toBeCloseTo(START + i * 100, 6);
      expect(atMs).toBeCloseTo(START + (i + 1) * 100, 6);
    });
  });

  it('catches up after a stall without inventing time', () => {
    const { sink, options, clock } = scene();
    // A clock whose timers come late: everything due fires at the end of the stall.
    const stalled = { now: () => clock.now(), every: clock.every.bind(clock), after: (delay: number, task: () => void) => clock.after(ms(Math.max(delay, stall)), task) };
    let stall = 0;
    replay(record(60), sink, { ...options, clock: stalled });
    clock.advance(ms(1000));
    stall = 5000;
    clock.advance(ms(100));
    clock.advance(ms(4900));
    stall = 0;
    const before = sink.epochs[0]!.frames.length;
    clock.advance(ms(1000));
    const { frames } = sink.epochs[0]!;
    expect(before).toBeLessThan(15);
    expect(frames.length).toBe(70);
    expect(frames.map(({ frame }) => Math.round(frame.deviceTimeMs - START))).toEqual(Array.from({ length: 70 }, (_, i) => 100 * i));
    expect(sink.samples(0, 0)).toEqual([...record(60).adu[0]!.subarray(0, 70 * 36)]);
  });

  it('makes a break of a stall too long to catch up with', () => {
    const { sink, options, clock } = scene();
    let asleep = 0;
    const suspended = { now: () => epochMs(clock.now() + asleep), every: clock.every.bind(clock), after: clock.after.bind(clock) };
    replay(record(60), sink, { ...options, clock: suspended });
    clock.advance(ms(1000));
    asleep = 3_600_000;
    clock.advance(ms(1000));
    expect(sink.epochs).toHaveLength(2);
    expect(sink.epochs[1]!.frames[0]!.frame.deviceTimeMs).toBe(clock.now() + asleep - 900);
    expect([...sink.samples(0, 0), ...sink.samples(1, 0)]).toEqual([...record(60).adu[0]!.subarray(0, (sink.epochs[0]!.frames.length + sink.epochs[1]!.frames.length) * 36)]);
  });

  it('begins where it is told, and a loop is a new epoch from the start of the record', () => {
    const { clock, sink, options } = scene();
    const playback = replay(record(3), sink, { ...options, from: ms(2000), loop: true });
    clock.advance(ms(2000));
    expect(sink.epochs).toHaveLength(2);
    expect(sink.samples(0, 0)).toEqual([...record(3).adu[0]!.subarray(2 * FS)]);
    expect(sink.samples(1, 0)[0]).toBe(0);
    expect(sink.epochs[1]!.frames[0]!.frame.deviceTimeMs).toBe(START + 1000);
    playback.stop();
    clock.advance(ms(5000));
    expect(sink.epochs).toHaveLength(2);
    expect(() => replay(record(3), sink, { ...options, from: ms(3000) })).toThrow(RangeError);
  });

  it('ends with a shorter frame where the record does', () => {
    const { clock, sink, options } = scene();
    replay(record(1, { adu: [new Int32Array(50), new Int32Array(50)] }), sink, options);
    clock.advance(ms(1000));
    expect(sink.epochs[0]!.frames.map(({ frame }) => frame.samples[0]!.length)).toEqual([36, 14]);
  });

  it('says of a missing sample that it is missing', () => {
    const { clock, sink, options } = scene();
    replay(record(1, { adu: [Int32Array.of(5, MISSING_SAMPLE, 7), Int32Array.of(1, 2, 3)] }), sink, options);
    clock.advance(ms(1000));
    expect(sink.samples(0, 0)).toEqual([5, MISSING_ADU, 7]);
  });

  it('of a recording of more than 16 bits keeps its amplitudes', () => {
    const { clock, sink, options } = scene();
    const wide = Int32Array.of(0, 1 << 22, -(1 << 22), 1 << 10);
    replay(record(1, { leads: ['II'], adu: [wide], adcGain: [1 << 21], baseline: [0], railAdu: [-(1 << 23), (1 << 23) - 1] }), sink, options);
    clock.advance(ms(1000));
    const { hello, frames } = sink.epochs[0]!;
    const bytes = encodeFrame({ ...frames[0]!.frame, sequence: 0, sampleIndex: 0 });
    const decoded = decodeFrame(bytes, parseHello(hello, 'test').scale, 'test').samplesUv[0]!;
    expect([...decoded.subarray(0, 3)]).toEqual([0, 2000, -2000]);
    expect(decoded[3]).toBeCloseTo(0.49, 0);
  });

  it('takes off the electrodes it is told to, when it is told to', () => {
    const { clock, sink, options } = scene();
    replay(record(2), sink, { ...options, leadOffMask: (time) => (time >= 500 && time < 1000 ? 0b11 : 0) });
    clock.advance(ms(2000));
    expect(sink.epochs[0]!.frames.map(({ frame }) => frame.leadOffMask)).toEqual([...Array(5).fill(0), ...Array(5).fill(3), ...Array(10).fill(0)]);
  });

  it('at full speed sends everything at once, on the timeline of the recording', async () => {
    const { sink, options } = scene();
    await replay(record(10), sink, { ...options, speed: 'max' }).done;
    expect(sink.samples(0, 0)).toEqual([...record(10).adu[0]!]);
    expect(sink.epochs[0]!.frames.at(-1)!.frame.deviceTimeMs).toBeCloseTo(START + 9900, 6);
  });
});

describe('stepping through short records', () => {
  it('plays each as an epoch of its own, a second apart, and begins again after the last', () => {
    const { clock, sink, options } = scene();
    const loaded: number[] = [];
    const playback = stepThrough(2, (index) => (loaded.push(index), record(10, { name: `0000${index + 1}_lr` })), sink, {
      ...options, deviceOf: ({ name }) => `PTB-XL ${name}, replayed` });
    clock.advance(ms(10_500));
    expect(sink.epochs).toHaveLength(1);
    clock.advance(ms(11_500));
    expect(sink.epochs.map(({ hello }) => hello.device)).toEqual(['PTB-XL 00001_lr, replayed', 'PTB-XL 00002_lr, replayed', 'PTB-XL 00001_lr, replayed']);
    expect(sink.epochs.map(({ atMs }) => atMs - START)).toEqual([0, 11_000, 22_000]);
    expect(sink.samples(1, 0)).toHaveLength(10 * FS);
    expect(loaded.slice(0, 3)).toEqual([0, 1, 0]);
    playback.stop();
  });
});

import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../ecg/clock.ts';
import { PatientSimulator } from '../../../../ecg/simulator/simulator.ts';
import { hz, ms } from '../../../../ecg/units.ts';
import { parseHello } from '../../../../stream/feed/feed.ts';
import { impairedLink } from '../../../../stream/feed/impaired-link.ts';
import { defaultSimulatedWard, simulateBed } from '../../../../stream/feed/simulated-bed.ts';
import { CapturedSink } from '../../../helpers/captured-sink.ts';

describe('a simulated bed', () => {
  it('feeds its patient in real time, within a microvolt', () => {
    const clock = new ManualClock();
    const sink = new CapturedSink(clock);
    const patient = defaultSimulatedWard(1)[0]!;
    const stop = simulateBed(patient, sink, clock);
    clock.advance(ms(3000));
    stop();
    clock.advance(ms(1000));
    expect(parseHello(sink.epochs[0]!.hello, 'test')).toMatchObject({ bed: 'bed-1', source: 'simulator', samplingFrequency: 500 });
    expect(sink.epochs[0]!.frames).toHaveLength(30);
    const expected = new PatientSimulator({ samplingFrequency: hz(500), ...patient }).next(1500);
    sink.samples(0, 6).forEach((adu, i) => expect(Math.abs(adu - expected.samplesUv[6]![i]!)).toBeLessThanOrEqual(0.5));
  });

  it('says when the leads are off', () => {
    const clock = new ManualClock();
    const sink = new CapturedSink(clock);
    simulateBed({ bed: 'bed-1', seed: 1, course: [{ rhythm: 'sinus', seconds: 1 }, { rhythm: 'lead-off', seconds: 1 }] }, sink, clock);
    clock.advance(ms(2000));
    expect(sink.epochs[0]!.frames.map(({ frame }) => frame.leadOffMask)).toEqual([...Array(10).fill(0), ...Array(10).fill(0xfff)]);
  });
});

describe('an impaired link', () => {
  it('loses its share of frames and delays the others by no more than its jitter', () => {
    const clock = new ManualClock();
    const link = impairedLink({ loss: 0.1, jitter: ms(80), seed: 3, clock });
    const delivered: number[] = [];
    for (let n = 0; n < 1000; n++) link(() => delivered.push(n));
    clock.advance(ms(40));
    const early = delivered.length;
    clock.advance(ms(40));
    expect(delivered.length).toBeGreaterThan(860);
    expect(delivered.length).toBeLessThan(940);
    expect(early).toBeGreaterThan(0.4 * delivered.length);
    expect(early).toBeLessThan(0.6 * delivered.length);
    expect(delivered).not.toEqual([...delivered].sort((a, b) => a - b));
  });
});

import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../ecg/clock.ts';
import type { DisplayBand } from '../../../ecg/dsp/display-band.ts';
import { EcgError } from '../../../ecg/errors.ts';
import type { Finding } from '../../../ecg/finding.ts';
import { encodeFrame } from '../../../ecg/frame.ts';
import type { RhythmAnalyser } from '../../../ecg/rhythm.ts';
import { epochMs, ms } from '../../../ecg/units.ts';
import type { LabelDefinition } from '../../../models/label-bank.ts';
import type { AlarmSource } from '../../../ecg/alarm.ts';
import type { BedLimits } from '../../../ecg/limits.ts';
import { DEFAULT_LIMITS } from '../../../stream/alarm/limits.ts';
import type { AlarmInput } from '../../../stream/alarm/state.ts';
import { FINDINGS_LIFETIME } from '../../../stream/bed-findings.ts';
import { NO_DATA_MS } from '../../../stream/bed.ts';
import type { HistoryTap } from '../../../stream/history/recorder.ts';
import { parseHello } from '../../../stream/feed/feed.ts';
import type { SegmentScorer } from '../../../stream/infer.ts';
import { SPEC_WITHOUT_MODEL } from '../../../stream/pipeline.ts';
import { Ward } from '../../../stream/ward.ts';

const quiet: RhythmAnalyser = { push: () => ({ beats: [], changes: [] }), heartRateBpm: undefined, monitored: true, setLimits: () => undefined };
const AF: LabelDefinition = {
  id: 'af', name: 'Atrial fibrillation', kind: 'rhythm', prompts: ['atrial fibrillation'], method: 'prompt', cosineMean: 0, cosineSd: 1,
  alarm: { priority: 'medium', threshold: 2, dwellMs: 4000 },
};

/** A clock that can be set back without its timers noticing, as the real ones do not. */
class SettableClock extends ManualClock {
  setBackMs = 0;
  override now = () => epochMs(super.now() - this.setBackMs);
}

function setUp({ analyser = () => quiet, scorer, limitsOf = () => DEFAULT_LIMITS, bandOf = () => 'monitor', history }: {
  analyser?: (bed: string) => RhythmAnalyser; scorer?: SegmentScorer; limitsOf?: (bed: string) => BedLimits; bandOf?: (bed: string) => DisplayBand; history?: HistoryTap;
} = {}) {
  const clock = new SettableClock(epochMs(10_000_000));
  const active = new Map<string, boolean>();
  const causes = new Map<string, string>();
  const sources = new Map<string, AlarmSource | undefined>();
  const log: string[] = [];
  const ward = new Ward({
    clock, spec: SPEC_WITHOUT_MODEL, scorer, vocabulary: { modelId: 'test@00000000', labels: [AF], findingsOf: () => [] }, limitsOf, bandOf, history, inAlarm: () => false,
    createAnalyser: (hello) => analyser(hello.bed),
    alarm: (bed: string, input: AlarmInput) => {
      if (input.type !== 'condition') return;
      active.set(`${bed} ${input.condition}`, input.active);
      causes.set(`${bed} ${input.condition}`, input.cause);
      sources.set(`${bed} ${input.condition}`, input.source);
    },
    warn: (line) => log.push(line),
  });
  const connect = (bed: string) => {
    const hello = parseHello({ version: 1, bed, source: 'device', device: 'test', samplingFrequencyHz: 100, leads: ['II'], adcGain: [1000], baseline: [0] }, 'test');
    const faults: EcgError[] = [];
    const session = ward.connect(hello, (error) => faults.push(error));
    let sequence = 0;
    /** One second of a triangle wave. */
    const send = (leadOffMask = 0): void => {
      const samples = [Int16Array.from({ length: 100 }, (_, i) => Math.abs((i % 50) - 25) * 40)];
      session.push(encodeFrame({ sequence, sampleIndex: sequence * 100, deviceTimeMs: clock.now(), samples, leadOffMask }));
      sequence++;
      clock.advance(ms(1000));
    };
    return { session, send, faults, bed: ward.bed(bed)! };
  };
  return { clock, ward, connect, active, causes, sources, log };
}
const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

describe('a bed', () => {
  it('says that a device\'s clock stands still, and goes on counting its samples', () => {
    const { clock, connect, active } = setUp();
    const { session, bed } = connect('bed-1');
    const stoppedAtMs = clock.now();
    for (let sequence = 0; sequence < 12; sequence++) {
      session.push(encodeFrame({ sequence, sampleIndex: sequence * 100, deviceTimeMs: stoppedAtMs, samples: [new Int16Array(100)] }));
      clock.advance(ms(1000));
    }
    expect(active.get('bed-1 feedClockOff')).toBe(true);
    expect(bed.live).toBe(true);
    expect(bed.counters).toMatchObject({ frames: 12, refused: 0 });
  });

  it('says that samples come slower than hello said, which would make a heart rate of 40 one of 80', () => {
    const { clock, connect, active, causes } = setUp();
    const { session, bed } = connect('bed-1'); // 100 Hz, it said
    const run = (seconds: number, from: number): void => {
      for (let n = from; n < from + 2 * seconds; n++) {
        session.push(encodeFrame({ sequence: n, sampleIndex: n * 25, deviceTimeMs: clock.now(), samples: [new Int16Array(25)] }));
        clock.advance(ms(500));
      }
    };
    run(10, 0);
    expect(active.get('bed-1 feedClockOff')).toBe(false);
    run(20, 20);
    expect(active.get('bed-1 feedClockOff')).toBe(true);
    expect(causes.get('bed-1 feedClockOff')).toBe('hello said 100 Hz, by the device\'s clock its samples come at 50 Hz');
    expect(bed.live).toBe(true);
    session.end();
    expect(active.get('bed-1 feedClockOff')).toBe(false);
  });

  it('has the limits of its bed from the first sample on, and new ones as soon as they are set', () => {
    const set: number[] = [];
    let heartRateHighBpm = 105;
    const { connect } = setUp({
      analyser: () => ({ ...quiet, setLimits: (limits) => set.push(limits.heartRateHighBpm) }),
      limitsOf: () => ({ ...DEFAULT_LIMITS, rhythm: { ...DEFAULT_LIMITS.rhythm, heartRateHighBpm } }),
    });
    const { bed } = connect('bed-1');
    expect(set).toEqual([105]);
    heartRateHighBpm = 130;
    bed.limitsChanged();
    expect(set).toEqual([105, 130]);
  });

  it('is live while samples come and says no data once they have stopped for two seconds', () => {
    const { clock, connect, active } = setUp();
    const { send, bed } = connect('bed-1');
    send();
    expect(bed.live).toBe(true);
    clock.advance(ms(NO_DATA_MS + 250 - 1000));
    expect(bed.live).toBe(false);
    expect(active.get('bed-1 noData')).toBe(true);
    send();
    expect(active.get('bed-1 noData')).toBe(false);
  });

  it('says no data as soon as ever although the server\'s clock was set back by an hour', () => {
    const { clock, connect, active } = setUp();
    const { send, bed } = connect('bed-1');
    send();
    clock.setBackMs = 3_600_000;
    clock.advance(ms(NO_DATA_MS + 500));
    expect(bed.live).toBe(false);
    expect(active.get('bed-1 noData')).toBe(true);
    send();
    expect(active.get('bed-1 noData')).toBe(false);
  });

  it('raises and ends the lead-off alarm with the flag', () => {
    const { connect, active } = setUp();
    const { send, bed } = connect('bed-1');
    send(1);
    expect(active.get('bed-1 leadsOff')).toBe(true);
    expect(bed.leadStates).toEqual(['leadOff']);
    send(0);
    expect(active.get('bed-1 leadsOff')).toBe(false);
  });

  it('goes on after a fault of its own line, and the bed beside it never notices', () => {
    let pushes = 0;
    const broken: RhythmAnalyser = { ...quiet, push: () => {
      if (++pushes === 3) throw new TypeError('a bug');
      return { beats: [], changes: [] };
    } };
    const { connect, active, log } = setUp({ analyser: (bed) => (bed === 'bed-1' ? broken : quiet) });
    const first = connect('bed-1');
    const second = connect('bed-2');
    for (let i = 0; i < 8; i++) {
      first.send();
      second.send();
    }
    expect(first.bed.counters.faults).toBe(1);
    expect(log[0]).toMatch(/line of bed-1 failed and was restarted: TypeError: a bug/);
    expect(active.has('bed-1 monitoringFault')).toBe(true);
    expect(pushes).toBeGreaterThan(3);
    expect(second.bed.counters).toMatchObject({ faults: 0, frames: 8 });
    expect(active.has('bed-2 monitoringFault')).toBe(false);
  });

  it('leaves the alarm on where its line fails again and again', () => {
    const hopeless: RhythmAnalyser = { ...quiet, push: () => {
      throw new TypeError('a bug');
    } };
    const { connect, active } = setUp({ analyser: () => hopeless });
    const { send, bed } = connect('bed-1');
    for (let i = 0; i < 20; i++) send();
    expect(bed.counters.faults).toBeLessThan(20);
    expect(active.get('bed-1 monitoringFault')).toBe(true);
  });

  it('raises its alarms although everything the history does fails', () => {
    const fail = (): never => {
      throw new Error('the disk is gone');
    };
    const history: HistoryTap = { begin: fail, aligned: fail, beats: fail, numerics: fail, scores: fail, end: fail };
    const flat: RhythmAnalyser = { ...quiet, push: (_, startIndex) => ({
      beats: [], changes: [{ condition: 'asystole', active: true, onsetIndex: startIndex, decidedIndex: startIndex, cause: 'no QRS for 4.0 s' }] }) };
    const { connect, active, log } = setUp({ analyser: () => flat, history });
    const { send, bed } = connect('bed-1');
    for (let i = 0; i < 30; i++) send();
    expect(active.get('bed-1 asystole')).toBe(true);
    expect(bed.counters.faults).toBe(0);
    expect(bed.counters.historyFaults).toBeGreaterThan(30);
    expect(log).toEqual([expect.stringMatching(/history of bed-1 failed; monitoring goes on without it/)]);
  });

  it('shows the same samples in the band of its bed, from one block to the next and whoever feeds it, and shows nobody else the difference', async () => {
    const seen = async (band: (second: number) => DisplayBand) => {
      let now: DisplayBand = 'monitor';
      const told: unknown[] = [];
      const analyser: RhythmAnalyser = { ...quiet, push: (samplesUv, startIndex) => {
        told.push(['rules', startIndex, samplesUv.map((lead) => [...lead])]);
        return { beats: [], changes: [] };
      } };
      const scorer: SegmentScorer = { score: ({ ecg, presence }) => {
        told.push(['model', [...ecg], [...presence]]);
        return Promise.resolve({ findings: [], modelId: 'test@00000000', manifestSha256: 'f'.repeat(64) });
      } };
      const kept = { begin: () => undefined, beats: () => undefined, numerics: () => undefined, scores: () => undefined, end: () => undefined };
      const history: HistoryTap = { ...kept, aligned: (_, item) => {
        if (item.kind === 'block') told.push(['history', item.startIndex, item.samplesUv.map((lead) => [...lead])]);
      } };
      const { clock, connect, active, ward } = setUp({ analyser: () => analyser, scorer, history, bandOf: () => now });
      const shown: Float32Array[] = [];
      ward.shown$.subscribe(({ samplesUv }) => shown.push(samplesUv[0]!));
      for (const feed of [0, 1]) {
        const { send, session } = connect('bed-1');
        for (let second = 0; second < 14; second++) {
          now = band(14 * feed + second);
          send();
          await settle();
        }
        session.end();
        clock.advance(ms(5000));
      }
      return { shown, others: { told, alarms: [...active] } };
    };
    const monitor = await seen(() => 'monitor');
    const diagnostic = await seen(() => 'diagnostic');
    const isDiagnostic = (second: number): boolean => second >= 5 && second < 20;
    const switched = await seen((second) => (isDiagnostic(second) ? 'diagnostic' : 'monitor'));
    expect(switched.shown).toEqual(monitor.shown.map((block, second) => (isDiagnostic(second) ? diagnostic.shown[second] : block)));
    expect(switched.shown).not.toEqual(monitor.shown);
    expect(new Set(switched.others.told.map((entry) => (entry as unknown[])[0]))).toEqual(new Set(['rules', 'model', 'history']));
    expect(switched.others).toEqual(monitor.others);
  });

  it('gives a new feed a new epoch and refuses a second while the first is live', () => {
    const { connect, clock } = setUp();
    const first = connect('bed-1');
    first.send();
    expect(() => connect('bed-1')).toThrow(expect.objectContaining({ code: 'FEED_BED_TAKEN' }));
    clock.advance(ms(5000));
    expect(connect('bed-1').session.epoch).toBe(2);
  });
});

describe('the findings of a bed', () => {
  const scorerOf = (score: () => number | EcgError): SegmentScorer => ({
    score: () => {
      const value = score();
      if (value instanceof EcgError) return Promise.reject(value);
      const findings: Finding[] = [{ label: 'af', cosine: 0.1, score: value }];
      return Promise.resolve({ findings, modelId: 'test@00000000', manifestSha256: 'f'.repeat(64) });
    },
  });

  it('raise the condition at the threshold, keep it within the hysteresis, and end it below', async () => {
    let score = 2.5;
    const { connect, active } = setUp({ scorer: scorerOf(() => score) });
    const { send, bed } = connect('bed-1');
    const seconds = async (n: number): Promise<void> => {
      for (let i = 0; i < n; i++) send();
      await settle();
    };
    await seconds(10);
    expect(bed.findings).toMatchObject([{ label: 'af', score: 2.5 }]);
    expect(active.get('bed-1 finding:af')).toBe(true);
    score = 1.9;
    await seconds(2);
    expect(active.get('bed-1 finding:af')).toBe(true);
    score = 1.5;
    await seconds(2);
    expect(active.get('bed-1 finding:af')).toBe(false);
  });

  it('disappear when they have grown old, and say why none come', async () => {
    let answer: number | EcgError = 3;
    const { connect, active } = setUp({ scorer: scorerOf(() => answer) });
    const { send, bed } = connect('bed-1');
    for (let i = 0; i < 10; i++) send();
    await settle();
    expect(bed.findings).toHaveLength(1);
    answer = new EcgError('INFERENCE_STALE', 'too late');
    for (let i = 0; i < FINDINGS_LIFETIME / 1000 + 2; i++) {
      send();
      await settle();
    }
    expect(bed.findings).toEqual([]);
    expect(active.get('bed-1 modelUnavailable')).toBe(true);
    expect(active.get('bed-1 finding:af')).toBe(false);
    expect(bed.counters.unscored.stale).toBeGreaterThan(0);
  });

  it('go on although the server\'s clock was set back by an hour, and the old ones are not taken for live', async () => {
    let score = 2.5;
    const { clock, connect, active } = setUp({ scorer: scorerOf(() => score) });
    const { send, bed } = connect('bed-1');
    const seconds = async (n: number): Promise<void> => {
      for (let i = 0; i < n; i++) send();
      await settle();
    };
    await seconds(10);
    clock.setBackMs = 3_600_000;
    clock.advance(ms(500));
    expect(bed.findings).toEqual([]);
    score = 1;
    await seconds(4);
    expect(bed.findings).toMatchObject([{ label: 'af', score: 1 }]);
    expect(active.get('bed-1 finding:af')).toBe(false);
  });

  it('are not sought in ten seconds that miss samples on every lead', async () => {
    let asked = 0;
    const { connect } = setUp({ scorer: scorerOf(() => ++asked) });
    const { send, bed } = connect('bed-1');
    for (let i = 0; i < 9; i++) send();
    send(1);
    await settle();
    expect(asked).toBe(0);
    expect(bed.counters.unscored.quality).toBe(1);
  });
});

import { describe, expect, it } from 'vitest';
import { WardStore } from '../../../dashboard/client/ward-store.ts';
import { packWaveforms, type BedNumerics, type WardSnapshot } from '../../../dashboard/wire.ts';
import { ManualClock } from '../../../ecg/clock.ts';
import type { DisplayBand } from '../../../ecg/dsp/display-band.ts';
import { epochMs, ms } from '../../../ecg/units.ts';

/** The page's clock and the server's differ by this; nothing may depend on it. */
const SERVER_AHEAD_MS = 7_200_000;

class Stage {
  readonly clock = new ManualClock(epochMs(50_000));
  readonly store = new WardStore(this.clock);
  #index = 0;

  get serverMs(): number {
    return this.clock.now() + SERVER_AHEAD_MS;
  }

  numerics(change: Partial<BedNumerics> = {}): BedNumerics {
    return {
      bed: 'bed-1', serverTimeMs: this.serverMs, live: true, lastSampleMs: this.serverMs, clockOffsetMs: 0, heartRateBpm: 70, leadStates: ['ok'],
      findings: [], findingsMs: null, alarms: [], audioPausedUntilMs: null, beats: [],
      counters: { gaps: 0, missingSamples: 0, duplicates: 0, refused: 0 }, ...change,
    };
  }

  snapshot(epoch = 1, band: DisplayBand = 'monitor'): WardSnapshot {
    return {
      version: 1, serverTimeMs: this.serverMs, model: { id: 'm@1', executionProvider: 'cpu', labels: [] },
      beds: [{ bed: 'bed-1', slot: 3, source: 'recording', device: 'MIT-BIH 100', epoch, leads: ['MLII', 'V1'], primaryLead: 0, samplingFrequencyHz: 250, band, filter: '', numerics: this.numerics() }],
    };
  }

  waveform(epoch = 1, slot = 3): void {
    this.store.takeWaveforms(packWaveforms([{ slot, lead: 0, epoch, startIndex: this.#index, samplesUv: new Float32Array(25).fill(100) }]));
    this.#index += 25;
  }

  /** The server speaks as it does, for a time: waveforms ten times a second, numerics once. */
  run(seconds: number): void {
    for (let i = 1; i <= seconds * 10; i++) {
      this.clock.advance(ms(100));
      this.waveform();
      if (i % 10 === 0) this.store.takeNumerics([this.numerics()]);
    }
  }
}

function running(): Stage {
  const stage = new Stage();
  stage.store.setSocket('open');
  stage.store.takeSnapshot(stage.snapshot());
  stage.run(3);
  return stage;
}

describe('WardStore', () => {
  it('shows a bed as live, with its age counted on the server clock', () => {
    const { store } = running();
    expect(store.connection).toBe('live');
    expect(store.view('bed-1')!.freshness).toEqual({ live: true, dataAgeMs: 0 });
  });

  it('takes a bed for stale within 3 s when the server goes silent, though the socket stands', () => {
    const { clock, store } = running();
    clock.advance(ms(2900));
    expect(store.connection).toBe('lost');
    const { freshness, alarms } = store.view('bed-1')!;
    expect(freshness.live).toBe(false);
    expect(alarms.map(({ condition, own }) => ({ condition, own }))).toEqual([{ condition: 'noData', own: true }]);
  });

  it('takes a lost socket for a lost connection at once', () => {
    const { store } = running();
    store.setSocket('closed');
    expect(store.connection).toBe('lost');
    expect(store.view('bed-1')!.freshness.live).toBe(false);
  });

  it('says so when no server ever answers', () => {
    const clock = new ManualClock(epochMs(0));
    const store = new WardStore(clock);
    expect(store.connection).toBe('connecting');
    clock.advance(ms(3000));
    expect(store.connection).toBe('lost');
  });

  it('leaves other beds live when the samples of one end', () => {
    const stage = running();
    const lastSampleMs = stage.serverMs;
    for (let i = 0; i < 3; i++) {
      stage.clock.advance(ms(1000));
      stage.store.takeNumerics([stage.numerics({ lastSampleMs })]);
    }
    expect(stage.store.connection).toBe('live');
    expect(stage.store.view('bed-1')!.freshness).toEqual({ live: false, dataAgeMs: 3000 });
  });

  it('drops waveforms of an epoch, slot or lead it was not told of', () => {
    const { store } = running();
    const end = store.view('bed-1')!.trace.ring(0).end;
    const block = { slot: 3, lead: 0, epoch: 1, startIndex: 5000, samplesUv: new Float32Array(25) };
    for (const wrong of [{ epoch: 9 }, { slot: 4 }, { lead: 2 }]) store.takeWaveforms(packWaveforms([{ ...block, ...wrong }]));
    expect(store.view('bed-1')!.trace.ring(0).end).toBe(end);
  });

  it('keeps what was drawn when a feed comes back in a new epoch with the same leads', () => {
    const stage = running();
    const { trace } = stage.store.view('bed-1')!;
    stage.store.takeSnapshot(stage.snapshot(2));
    expect(stage.store.view('bed-1')!.trace).toBe(trace);
  });

  it('forgets what was drawn in another band, on every lead, and stays live', () => {
    const stage = running();
    const { trace } = stage.store.view('bed-1')!;
    trace.settle();
    const newest = trace.ring(0).end - 1;
    expect(trace.ring(0).at(newest)).toBe(100);
    stage.store.takeSnapshot(stage.snapshot(1, 'diagnostic'));
    const { trace: after, freshness } = stage.store.view('bed-1')!;
    expect(after.ring(0).at(newest)).toBeNaN();
    expect(after.ring(0).touchedFrom).toBe(-Infinity); // strips draw all of it anew
    expect(freshness.live).toBe(true);
    stage.waveform();
    expect(after.ring(0).origin).toBe(newest + 1);
    stage.store.takeSnapshot(stage.snapshot(1, 'diagnostic'));
    expect(after.ring(0).at(newest + 1)).toBe(100);
  });
});

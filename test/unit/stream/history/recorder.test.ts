import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../ecg/clock.ts';
import { epochMs, hz, ms } from '../../../../ecg/units.ts';
import type { AlarmDesk } from '../../../../stream/alarm/desk.ts';
import { HistoryQueue } from '../../../../stream/history/queue.ts';
import { HistoryRecorder } from '../../../../stream/history/recorder.ts';
import type { HistoryBatch, HistoryStore } from '../../../../stream/history/store.ts';
import { alarmEvent, block, START_MS } from '../../../helpers/history-samples.ts';

const FS = 250;
const beds = (count: number): string[] => Array.from({ length: count }, (_, bed) => `bed-${bed}`);

/** A store that takes what it is given, or refuses it. */
function heldStore(): { store: HistoryStore; taken: HistoryBatch[]; refuse: (refused: boolean) => void } {
  const taken: HistoryBatch[] = [];
  let refused = false;
  const append = async (batch: HistoryBatch): Promise<void> => {
    if (refused) throw new Error('refused');
    taken.push(batch);
  };
  return { store: { append, close: async () => undefined, stats: () => ({ fault: null, figures: {} }) } as unknown as HistoryStore, taken, refuse: (value) => (refused = value) };
}

function recording(wardBeds: number) {
  const clock = new ManualClock(epochMs(START_MS));
  const held = heldStore();
  const delivered$ = new Subject() as unknown as AlarmDesk['delivered$'] & Subject<unknown>;
  const recorder = new HistoryRecorder({ delivered$ }, clock, held.store);
  for (const bed of beds(wardBeds)) {
    recorder.begin({ bed, source: 'device', device: 'd', samplingFrequency: hz(FS), leads: ['II'], scale: { leadCount: 1, adcGain: [1000], baseline: [0] }, railUv: undefined }, 1);
  }
  const second = (n: number): void => {
    for (const bed of beds(wardBeds)) {
      recorder.numerics(bed, { heartRateBpm: 60 });
      recorder.aligned(bed, { kind: 'block', startIndex: n * FS, sampleCount: FS, samplesUv: [new Float32Array(FS)], leadOffMask: 0, pacerMarks: new Uint16Array(0), deviceTimeMs: clock.now(), receivedAtMs: epochMs(START_MS + (n + 1) * 1000) });
    }
  };
  const ticks = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      clock.advance(ms(100));
      await Promise.resolve().then(() => undefined).then(() => undefined).then(() => undefined);
    }
  };
  return { ...held, recorder, second, ticks, delivered$ };
}

describe('the recorder', () => {
  it('spreads a second of the ward over the next one, and has stored it before the next is whole', async () => {
    const { recorder, second, ticks, taken } = recording(200);
    second(0);
    await ticks(10);
    const blocks = taken.flatMap(({ waveforms }) => waveforms);
    expect(new Set(blocks.map(({ bed }) => bed)).size).toBe(200);
    expect(Math.max(...taken.map(({ waveforms }) => waveforms.length))).toBe(40);
    expect(taken.flatMap(({ numerics }) => numerics)).toHaveLength(200);
    await recorder.close();
  });

  it('stores an alarm with the next slice', async () => {
    const { recorder, ticks, taken, delivered$ } = recording(0);
    await ticks(1);
    delivered$.next({ bed: 'a', condition: 'asystole', priority: 'high', epoch: 1, seq: 7, detectedAtMs: START_MS });
    await ticks(1);
    expect(taken.flatMap(({ events }) => events)).toMatchObject([{ bed: 'a', name: 'asystole', id: '1/7' }]);
    await recorder.close();
  });

  it('tries a refused slice again after a second, loses nothing, and hands everything over when it closes', async () => {
    const { recorder, second, ticks, taken, refuse } = recording(200);
    refuse(true);
    second(0);
    await ticks(5);
    second(1);
    await ticks(5);
    expect(recorder.stats().figures['waiting']).toBeGreaterThanOrEqual(400);
    refuse(false);
    await ticks(30);
    expect(taken.flatMap(({ waveforms }) => waveforms)).toHaveLength(400);
    second(2);
    await recorder.close();
    expect(taken.flatMap(({ waveforms }) => waveforms)).toHaveLength(600);
    expect(recorder.stats().figures).toMatchObject({ dropped_waveforms: 0, dropped_numerics: 0, dropped_events: 0 });
  });

  it('gives a slice up that is refused for half a minute, counts it, and stores the rest', async () => {
    const { recorder, second, ticks, taken, refuse } = recording(100);
    await ticks(2); // what the beds' beginnings are told by
    refuse(true);
    second(0);
    await ticks(30 * 11 + 1);
    refuse(false);
    await ticks(30);
    const dropped = recorder.stats().figures['dropped_waveforms']!;
    expect(dropped).toBeGreaterThan(0);
    expect(taken.flatMap(({ waveforms }) => waveforms)).toHaveLength(100 - dropped);
    await recorder.close();
  });
});

describe('what waits for the store', () => {
  it('goes out in the order of its rows, a backlog in larger slices', () => {
    const queue = new HistoryQueue();
    queue.put({ waveforms: [1, 0].flatMap((second) => beds(200).reverse().map((bed) => block(bed, second))) });
    const slice = queue.takeWaveforms().waveforms;
    expect(slice).toHaveLength(80);
    const rows = slice.map(({ startMs, bed }) => `${startMs} ${bed}`);
    expect(rows).toEqual([...rows].sort());
  });

  it('is bounded: the oldest waveforms go and are counted, alarms stay', () => {
    const queue = new HistoryQueue();
    queue.put({ events: [alarmEvent('a', 0, 'a1')] });
    const one = block('a', 0);
    for (let second = 0; second < 12_010; second++) queue.put({ waveforms: [{ ...one, startMs: START_MS + second * 1000 }] });
    expect(queue.dropped).toMatchObject({ waveforms: 10, events: 0 });
    const { waveforms, events } = queue.take();
    expect(waveforms[0]!.startMs).toBe(START_MS + 10_000);
    expect(events).toHaveLength(1);
  });
});

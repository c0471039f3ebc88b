import { describe, expect, it, onTestFinished } from 'vitest';
import { MISSING_SAMPLE } from '../../../../ecg/formats/wfdb-signal.ts';
import { SideWork } from '../../../../stream/history/side-work.ts';
import type { HistoryReader, WaveformRun } from '../../../../stream/history/store.ts';
import { signalOf, START_MS } from '../../../helpers/history-samples.ts';

const run = (): WaveformRun => ({ bed: 'a', epoch: 1, startMs: START_MS, startIndex: 0, signal: signalOf(1), samples: [Int32Array.from([1024, 1025, MISSING_SAMPLE])] });

function working(): SideWork {
  const work = new SideWork();
  onTestFinished(() => work.close());
  return work;
}

describe('side work', () => {
  it('writes waveforms as JSON in microvolts, what is missing as null', async () => {
    const json = await working().json(async () => [run()], { bed: 'a' });
    expect(JSON.parse(new TextDecoder().decode(json))).toMatchObject({ bed: 'a', runs: [{ startMs: START_MS, samplesUv: [[0, 5, null]] }] });
  });

  it('takes no more than it can hold, says so, and goes on once there is room', async () => {
    const work = working();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const waiting = Array.from({ length: 8 }, () => work.json(async () => {
      await held;
      return [run()];
    }));
    await expect(work.json(async () => [run()])).rejects.toMatchObject({ code: 'HISTORY_BUSY' });
    release();
    await Promise.all(waiting);
    await expect(work.json(async () => [run()])).resolves.toBeInstanceOf(Uint8Array);
  });

  it('passes on what is wrong with a record or an interval', async () => {
    const work = working();
    await expect(work.readFile({ name: 'x', bytes: new Uint8Array(300), startMs: 0 })).rejects.toMatchObject({ code: 'RECORDING_FORMAT' });
    const empty = { waveform: async () => [], beats: async () => [], events: async () => [] } as unknown as HistoryReader;
    await expect(work.writeFile(empty, { bed: 'a', fromMs: 0, toMs: 1 }, 'csv')).rejects.toMatchObject({ code: 'HISTORY_QUERY' });
  });
});

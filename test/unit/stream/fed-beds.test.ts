import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../ecg/clock.ts';
import { encodeFrame } from '../../../ecg/frame.ts';
import type { RhythmAnalyser } from '../../../ecg/rhythm.ts';
import { epochMs, ms } from '../../../ecg/units.ts';
import { DEFAULT_LIMITS } from '../../../stream/alarm/limits.ts';
import type { AlarmInput } from '../../../stream/alarm/state.ts';
import { keepFedBeds, LEFT_AFTER, RETURN_WITHIN } from '../../../stream/fed-beds.ts';
import { parseHello, type Source } from '../../../stream/feed/feed.ts';
import { SPEC_WITHOUT_MODEL } from '../../../stream/pipeline.ts';
import { Ward } from '../../../stream/ward.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

const quiet: RhythmAnalyser = { push: () => ({ beats: [], changes: [] }), heartRateBpm: undefined, monitored: true, setLimits: () => undefined };

/** A ward from the start of the server to its end. */
async function startWard(directory: string, clock: ManualClock, { isExpected = () => true, silent = [] }: { isExpected?: (bed: string) => boolean; silent?: readonly string[] } = {}) {
  const noData = new Map<string, Extract<AlarmInput, { type: 'condition' }>>();
  const alarm = (bed: string, input: AlarmInput): void => {
    if (input.type === 'condition' && input.condition === 'noData') noData.set(bed, input);
  };
  const ward = new Ward({
    clock, spec: SPEC_WITHOUT_MODEL, scorer: undefined, vocabulary: { modelId: '', labels: [], findingsOf: () => [] }, limitsOf: () => DEFAULT_LIMITS, bandOf: () => 'monitor',
    inAlarm: () => false, createAnalyser: () => quiet, alarm, warn: () => undefined });
  const warnings: string[] = [];
  const desk = {
    beds: () => [...silent],
    alarmsOf: (bed: string) => [{ bed, condition: 'noData' as const, priority: 'technical' as const, state: 'active' as const, onsetMs: clock.now(), detectedAtMs: clock.now(), cause: '' }],
    apply: alarm,
  };
  const stopKeeping = await keepFedBeds({ directory, clock, ward, desk, isExpected, warn: (line) => warnings.push(line) });
  return {
    ward, noData, warnings,
    /** Half a second of signal, from a device unless it says otherwise. */
    feed(bed: string, source: Source = 'device'): void {
      const session = ward.connect(parseHello({ version: 1, bed, source, device: 'Monitor 3', samplingFrequencyHz: 100, leads: ['II', 'V1'], adcGain: [200, 200], baseline: [0, 0] }, bed), () => undefined);
      session.push(encodeFrame({ sequence: 0, sampleIndex: 0, deviceTimeMs: clock.now(), samples: [new Int16Array(50), new Int16Array(50)] }));
    },
    async end(): Promise<void> {
      await stopKeeping();
      ward.close();
    },
  };
}

describe('beds that devices fed when the server ended', () => {
  const wardThatFed = async (directory: string, clock: ManualClock, bed = 'bed-1', source: Source = 'device'): Promise<void> => {
    const before = await startWard(directory, clock);
    before.feed(bed, source);
    await before.end();
  };

  it('are shown without data, with the silence there was, where the device does not come back', async () => {
    const [directory, clock] = [temporaryDirectory(), new ManualClock(epochMs(1e12))];
    await wardThatFed(directory, clock);
    clock.advance(ms(600_000));
    const { ward, noData, end } = await startWard(directory, clock);
    clock.advance(ms(RETURN_WITHIN - 1));
    expect(ward.beds()).toEqual([]);
    clock.advance(ms(500));
    expect(ward.bed('bed-1')).toMatchObject({ live: false, lastSampleMs: 1e12, hello: { device: 'Monitor 3', leads: ['II', 'V1'] }, leadStates: ['ok', 'ok'] });
    expect(noData.get('bed-1')).toMatchObject({ active: true, cause: expect.stringMatching(/^no sample for 610\.\d s$/) });
    await end();
  });

  it('are as any other once their device is back, before it is missed or after', async () => {
    for (const backAfter of [ms(1000), ms(60_000)]) {
      const [directory, clock] = [temporaryDirectory(), new ManualClock(epochMs(1e12))];
      await wardThatFed(directory, clock);
      const { ward, noData, feed, end } = await startWard(directory, clock);
      clock.advance(backAfter);
      feed('bed-1');
      expect(ward.beds()).toHaveLength(1);
      expect(ward.bed('bed-1')).toMatchObject({ live: true, epoch: 1 });
      expect(noData.get('bed-1')?.active).toBe(false);
      await end();
    }
  });

  it('are missed by the server after next, too, which may start before they were', async () => {
    const [directory, clock] = [temporaryDirectory(), new ManualClock(epochMs(1e12))];
    await wardThatFed(directory, clock);
    const soonOver = await startWard(directory, clock);
    clock.advance(ms(3000));
    await soonOver.end();
    const { ward, end } = await startWard(directory, clock);
    clock.advance(RETURN_WITHIN);
    expect(ward.bed('bed-1')).toMatchObject({ lastSampleMs: 1e12 });
    await end();
  });

  it('are not missed after a shift, where the device was taken away, or where it was a recording', async () => {
    const isMissed = async (afterMs: number, source: Source, isExpected: (bed: string) => boolean): Promise<boolean> => {
      const [directory, clock] = [temporaryDirectory(), new ManualClock(epochMs(1e12))];
      await wardThatFed(directory, clock, 'bed-1', source);
      clock.advance(ms(afterMs));
      const { ward, end } = await startWard(directory, clock, { isExpected });
      clock.advance(RETURN_WITHIN);
      await end();
      return ward.bed('bed-1') !== undefined;
    };
    expect(await isMissed(LEFT_AFTER - RETURN_WITHIN, 'device', () => true)).toBe(true);
    expect(await isMissed(LEFT_AFTER, 'device', () => true)).toBe(false);
    expect(await isMissed(0, 'device', () => false)).toBe(false);
    expect(await isMissed(0, 'recording', () => true)).toBe(false);
    expect(await isMissed(0, 'simulator', () => true)).toBe(false);
  });

  it('no longer have an alarm where nobody expects them back', async () => {
    const [directory, clock] = [temporaryDirectory(), new ManualClock(epochMs(1e12))];
    await wardThatFed(directory, clock);
    const { noData, end } = await startWard(directory, clock, { silent: ['bed-1', 'bed-long-gone'] });
    clock.advance(ms(RETURN_WITHIN + 250));
    expect(noData.get('bed-1')?.active).toBe(true);
    expect(noData.get('bed-long-gone')?.active).toBe(false);
    await end();
  });

  it('are written down while the server runs, for one that ends without a word', async () => {
    const [directory, clock] = [temporaryDirectory(), new ManualClock(epochMs(1e12))];
    const { feed, end } = await startWard(directory, clock);
    feed('bed-1');
    clock.advance(ms(5000));
    while (!existsSync(join(directory, 'fed-beds.json'))) await new Promise(setImmediate);
    expect(readFileSync(join(directory, 'fed-beds.json'), 'utf8')).toContain('"bed-1"');
    await end();
  });

  it('are forgotten, with a warning, where the list of them is damaged', async () => {
    const [directory, clock] = [temporaryDirectory(), new ManualClock(epochMs(1e12))];
    writeFileSync(join(directory, 'fed-beds.json'), '[{"bed": "bed-1", "leads": ["banana"]');
    const { ward, warnings, end } = await startWard(directory, clock);
    clock.advance(RETURN_WITHIN);
    expect(ward.beds()).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('will not be missed')]);
    await end();
  });
});

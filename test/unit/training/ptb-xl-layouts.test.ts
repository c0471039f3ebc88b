import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { writeWfdb } from '../../../ecg/formats/wfdb-write.ts';
import { STANDARD_LEADS, type Lead } from '../../../ecg/leads.ts';
import { hz } from '../../../ecg/units.ts';
import { findRecordings } from '../../../stream/recordings/locate.ts';
import { readDatabase } from '../../../training/data/ptb-xl.ts';
import { prepareSignals } from '../../../training/data/signals.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

/** Units of a converter in a millivolt, as PTB-XL's headers have it. */
const ADC_GAIN = 1000;
/** At the ends the filters settle: what the 500 Hz record has cut off there fades within two seconds. */
const EDGE_SAMPLES = 200;
const RECORDED_MS = Date.UTC(1984, 10, 9);

/** Millivolts at a time: waves that the encoder sees, each lead its own size. */
const wave = (lead: number, seconds: number): number => (0.3 + 0.05 * lead) * (Math.sin(2 * Math.PI * 1.3 * seconds) + 0.5 * Math.sin(2 * Math.PI * 8 * seconds + lead));
/** Beyond what 100 Hz can carry: without a filter it comes back as 30 Hz. */
const buzz = (seconds: number): number => 0.4 * Math.sin(2 * Math.PI * 70 * seconds);

/** PTB-XL as version 1.0.1 lays it out: patients with a decimal point, limb leads in capitals. */
function writeLayout(folder: 'records100' | 'records500', millivolts: (lead: number, seconds: number) => number): string {
  const data = temporaryDirectory();
  const directory = join(data, 'ptb-xl-a-large-publicly-available-electrocardiography-dataset-1.0.1');
  const [rate, suffix] = folder === 'records100' ? [100, 'lr'] as const : [500, 'hr'] as const;
  const files = writeWfdb({
    name: `00001_${suffix}`, samplingFrequency: hz(rate), leads: STANDARD_LEADS.map((lead) => lead.toUpperCase() as Lead),
    adu: STANDARD_LEADS.map((_, lead) => Int32Array.from({ length: 10 * rate }, (_, i) => Math.round(ADC_GAIN * millivolts(lead, i / rate)))),
    adcGain: STANDARD_LEADS.map(() => ADC_GAIN), baseline: STANDARD_LEADS.map(() => 0), railAdu: [-32768, 32767], comments: [],
  }, RECORDED_MS);
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(directory, folder, '00000', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  writeFileSync(join(directory, 'ptbxl_database.csv'), [
    'ecg_id,patient_id,report,scp_codes,strat_fold,filename_lr,filename_hr',
    '1,15709.0,sinusrhythmus,"{\'NORM\': 100.0, \'SR\': 0.0}",3,records100/00000/00001_lr,records500/00000/00001_hr', ''].join('\n'));
  expect(findRecordings('ptb-xl', { dataDirectory: data })).toEqual({ form: 'plain', directory });
  return directory;
}

/** Shards are named after records, not after what is in them, so a test has a cache of its own. */
function ownCache(): void {
  vi.stubEnv('LEADWATCH_CACHE', temporaryDirectory());
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe('PTB-XL at 500 Hz alone', () => {
  it('gives the records of 500 Hz and, prepared, what those of 100 Hz give; what 100 Hz cannot carry is gone', () => {
    ownCache();
    const [at100, at500] = [writeLayout('records100', wave), writeLayout('records500', (lead, seconds) => wave(lead, seconds) + buzz(seconds))];
    const [row100, row500] = [readDatabase(at100)[0]!, readDatabase(at500)[0]!];
    expect([row100.record, row500.record]).toEqual(['records100/00000/00001_lr', 'records500/00000/00001_hr']);
    expect(row500).toMatchObject({ ecgId: 1, patientId: 15_709, fold: 3, statements: { NORM: 100, SR: 0 } });
    const expected = Int16Array.from(prepareSignals(at100, [row100.record]).of(0));
    const received = prepareSignals(at500, [row500.record]).of(0);
    const away = received.map((value, i) => (i % 1000 < EDGE_SAMPLES || i % 1000 >= 1000 - EDGE_SAMPLES ? 0 : Math.abs(value - expected[i]!)));
    expect(Math.max(...expected)).toBeGreaterThan(800);
    expect(Math.max(...away)).toBeLessThanOrEqual(3);
  });

  it('is read from the cache the second time, though the recordings are gone', () => {
    ownCache();
    const directory = writeLayout('records500', wave);
    const first = Int16Array.from(prepareSignals(directory, ['records500/00000/00001_hr']).of(0));
    expect(Int16Array.from(prepareSignals('/nowhere', ['records500/00000/00001_hr']).of(0))).toEqual(first);
  });
});

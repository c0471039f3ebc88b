/** Records for the scenarios, real or simulated, and a bed that feeds one to a server in real time. */
import type { DigitalRecord } from '../../ecg/formats/wfdb.ts';
import type { Course } from '../../ecg/simulator/course.ts';
import { PatientSimulator } from '../../ecg/simulator/simulator.ts';
import { hz, ms, samplesIn } from '../../ecg/units.ts';
import { FeedClient } from '../../stream/feed/feed-client.ts';
import { replay, type ReplayOptions } from '../../stream/feed/replay.ts';
import { loadAnnotations, loadDigitalRecord, recordingsDirectory } from '../../stream/recordings/library.ts';

export interface Feeding {
  readonly client: FeedClient;
  stop(): void;
}

export function feed(record: DigitalRecord, url: string, options: Omit<ReplayOptions, 'device'> & { readonly token?: string }): Feeding {
  const { token = '', ...rest } = options;
  const client = new FeedClient({ url, token, onFault: () => undefined });
  const playback = replay(record, client, { device: `test ${record.name}`, ...rest });
  return {
    client,
    stop() {
      playback.stop();
      client.close();
    },
  };
}

/** The record from `fromSeconds`, `seconds` long. */
export function excerpt(record: DigitalRecord, fromSeconds: number, seconds: number): DigitalRecord {
  const first = samplesIn(ms(fromSeconds * 1000), record.samplingFrequency);
  const last = first + samplesIn(ms(seconds * 1000), record.samplingFrequency);
  return { ...record, adu: record.adu.map((adu) => adu.subarray(first, last)) };
}

/** The record with every lead held at its last level from `atSeconds` on: a flat line, in range, no electrode off. */
export function flatFrom(record: DigitalRecord, atSeconds: number): DigitalRecord {
  const at = samplesIn(ms(atSeconds * 1000), record.samplingFrequency);
  return { ...record, adu: record.adu.map((adu) => adu.map((value, i) => (i < at ? value : adu[at - 1]!))) };
}

/** A simulated patient as a record. */
export function simulatedRecord(course: Course, seconds: number, seed = 7): DigitalRecord {
  const simulator = new PatientSimulator({ samplingFrequency: hz(250), seed, course });
  const { samplesUv } = simulator.next(seconds * 250);
  return {
    name: `simulated-${seed}`,
    samplingFrequency: hz(250),
    leads: simulator.leads.slice(0, 2),
    adu: samplesUv.slice(0, 2).map((lead) => Int32Array.from(lead, Math.round)),
    adcGain: [1000, 1000],
    baseline: [0, 0],
    railAdu: [-32767, 32767],
    comments: [],
  };
}

export const mitdb = async (name: string): Promise<DigitalRecord> => loadDigitalRecord(await recordingsDirectory('mitdb'), name);

/** Seconds into a MIT-BIH record at which the n-th annotation with this symbol, or rhythm text (`(VT`), stands. */
export async function annotatedAt(name: string, mark: string, n = 0): Promise<number> {
  const directory = await recordingsDirectory('mitdb');
  const { samplingFrequency } = loadDigitalRecord(directory, name);
  return loadAnnotations(directory, name).filter(({ symbol, aux }) => symbol === mark || aux === mark)[n]!.sample / samplingFrequency;
}

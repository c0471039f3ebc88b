/**
 * The ward that `npm start` shows: replayed real recordings where they are found, simulated patients otherwise.
 * Every bed is an ordinary client of the socket feed at the address it is given.
 */
import { systemClock, type Clock } from '../../ecg/clock.ts';
import type { DigitalRecord } from '../../ecg/formats/wfdb.ts';
import { ms, type Ms } from '../../ecg/units.ts';
import { loadAnnotations, loadDigitalRecord, ptbXlSample, recordingsDirectory, recordingsFound, type LibraryOptions } from '../recordings/library.ts';
import { FeedClient } from './feed-client.ts';
import type { FeedSink } from './feed-sink.ts';
import type { Source } from './feed.ts';
import { replay, stepThrough } from './replay.ts';
import { defaultSimulatedWard, simulateBed, simulatedDevice, type SimulatedPatient } from './simulated-bed.ts';

export interface DemoBed {
  readonly bed: string;
  readonly source: Source;
  /** What is connected, for people. */
  readonly device: string;
  /** Connects to the server at `url` and feeds it until stopped. */
  start(url: string, tokenFor: (bed: string) => string): { stop(): void };
}

export interface DemoWardOptions extends LibraryOptions {
  readonly clock?: Clock;
  /** Takes a line for the log: what is missing, what a server refused. */
  readonly log?: (line: string) => void;
}

/** What every bed needs. */
interface WardContext {
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** A recording of the ward and the mark of its annotations (symbol or rhythm text) that makes it worth watching. */
interface WardRecording {
  readonly record: string;
  readonly mark: string;
  /** How long before the mark the replay begins; differs, so that not all beds alarm at once. */
  readonly lead: Ms;
}

const WARD_RECORDINGS: readonly WardRecording[] = [
  { record: '100', mark: 'V', lead: ms(60_000) }, // its only premature ventricular beat
  { record: '119', mark: '(T', lead: ms(20_000) }, // trigeminy
  { record: '200', mark: '(VT', lead: ms(40_000) },
  { record: '203', mark: '(VT', lead: ms(55_000) }, // in atrial fibrillation
  { record: '207', mark: '[', lead: ms(30_000) }, // ventricular flutter
  { record: '217', mark: '(AFIB', lead: ms(25_000) }, // paced
  { record: '222', mark: '(AFL', lead: ms(35_000) },
];
/** Records that the PTB-XL bed steps through: eleven minutes. */
const PTB_XL_RECORDS = 60;
/** Names of the ward's beds. */
const DEMO_BEDS: readonly string[] = Array.from({ length: WARD_RECORDINGS.length + 1 }, (_, i) => `bed-${i + 1}`);

/**
 * The eight beds of DEMO_BEDS. Restores MIT-BIH and the first PTB-XL records into the cache where needed.
 * @throws EcgError DATA_CORRUPT where recordings are found and cannot be read
 */
export async function demoWard(options: DemoWardOptions = {}): Promise<DemoBed[]> {
  const context: WardContext = { clock: options.clock ?? systemClock, log: options.log ?? (() => {}) };
  const beds: DemoBed[] = defaultSimulatedWard(DEMO_BEDS.length).map((patient) => simulatedBed(patient, context));
  if (recordingsFound('mitdb', options)) {
    const directory = await recordingsDirectory('mitdb', options);
    WARD_RECORDINGS.forEach((recording, i) => (beds[i] = recordedBed(DEMO_BEDS[i]!, directory, recording, context)));
  } else {
    context.log(`MIT-BIH was not found, so ${WARD_RECORDINGS.length} beds are simulated patients; \`npm run data:fetch\` downloads it`);
  }
  if (recordingsFound('ptb-xl', options)) {
    beds[DEMO_BEDS.length - 1] = await steppingBed(DEMO_BEDS.at(-1)!, options, context);
  } else {
    context.log('PTB-XL was not found, so one bed is a simulated patient; `npm run data:fetch` downloads it');
  }
  return beds;
}

function simulatedBed(patient: SimulatedPatient, context: WardContext): DemoBed {
  return demoBed(patient.bed, 'simulator', simulatedDevice(patient), context, (sink) => simulateBed(patient, sink, context.clock));
}

function recordedBed(bed: string, directory: string, recording: WardRecording, context: WardContext): DemoBed {
  const device = `MIT-BIH ${recording.record}, replayed`;
  return demoBed(bed, 'recording', device, context, (sink) => {
    const record = loadDigitalRecord(directory, recording.record);
    const from = interestingTime(directory, recording, record);
    const playback = replay(record, sink, { bed, device, from, loop: true, clock: context.clock });
    return () => playback.stop();
  });
}

/** The recording's mark, less the lead; the start where it has no such mark. */
function interestingTime(directory: string, { record: name, mark, lead }: WardRecording, record: DigitalRecord): Ms {
  const marked = loadAnnotations(directory, name).find(({ symbol, aux }) => symbol === mark || aux === mark);
  return ms(marked ? Math.max(0, (marked.sample * 1000) / record.samplingFrequency - lead) : 0);
}

async function steppingBed(bed: string, options: LibraryOptions, context: WardContext): Promise<DemoBed> {
  const { directory, records } = await ptbXlSample(PTB_XL_RECORDS, options);
  return demoBed(bed, 'recording', 'PTB-XL, record after record', context, (sink) => {
    const playback = stepThrough(records.length, (index) => loadDigitalRecord(directory, records[index]!), sink, {
      bed, clock: context.clock, deviceOf: (record) => `PTB-XL ${record.name.replace(/_lr$/, '')}, replayed` });
    return () => playback.stop();
  });
}

function demoBed(bed: string, source: Source, device: string, { log }: WardContext, play: (sink: FeedSink) => () => void): DemoBed {
  return {
    bed,
    source,
    device,
    start(url, tokenFor) {
      const client = new FeedClient({ url, token: tokenFor(bed), onFault: (fault) => log(`feed of ${bed}: ${fault.code} ${fault.message}`) });
      const stop = play(client);
      return {
        stop() {
          stop();
          client.close();
        },
      };
    },
  };
}

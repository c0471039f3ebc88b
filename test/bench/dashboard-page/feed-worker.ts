/** The ward of the benchmark: what the server would send, made in a worker of the page, so that no other process takes its cores. */
import { stepOf } from '../../../ecg/simulator/course.ts';
import { PatientSimulator } from '../../../ecg/simulator/simulator.ts';
import { hz } from '../../../ecg/units.ts';
import { packWaveforms, WIRE_VERSION, type BedNumerics, type BedSnapshot, type WaveformBlock, type WardSnapshot } from '../../../dashboard/wire.ts';

export interface FeedOrder {
  /** Beds of three leads at 250 Hz. */
  readonly beds: number;
  /** One more of twelve leads at 500 Hz. */
  readonly twelve: boolean;
}

export type FeedMessage =
  | { readonly snapshot: WardSnapshot }
  | { readonly numerics: BedNumerics[] }
  | { readonly waveform: ArrayBuffer };

const MESSAGE_MS = 100;
/** Simulated once, then again and again. */
const LOOP_S = 30;
const THREE = ['I', 'II', 'V1'];
const TWELVE = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];
const scope = self as unknown as { postMessage(message: FeedMessage, transfer?: Transferable[]): void; onmessage: ((event: MessageEvent<FeedOrder>) => void) | null };

interface FedBed {
  readonly bed: string;
  readonly fs: number;
  readonly leads: readonly string[];
  readonly loop: readonly Float32Array[];
  sent: number;
}

scope.onmessage = ({ data: { beds, twelve } }) => {
  const loops = new Map([250, 500].map((fs) => {
    const simulator = new PatientSimulator({ samplingFrequency: hz(fs), seed: 7, course: [stepOf('sinus')] });
    const { samplesUv } = simulator.next(LOOP_S * fs);
    return [fs, { leads: simulator.leads, samplesUv }] as const;
  }));
  const bedOf = (i: number, fs: number, leads: readonly string[]): FedBed => {
    const { samplesUv, ...loop } = loops.get(fs)!;
    const simulated: readonly string[] = loop.leads;
    return { bed: `bed-${i + 1}`, fs, leads, sent: 0, loop: leads.map((lead, place) => samplesUv[Math.max(0, simulated.indexOf(lead))] ?? samplesUv[place % samplesUv.length]!) };
  };
  const ward = Array.from({ length: beds }, (_, i) => bedOf(i, 250, THREE));
  if (twelve) ward.push(bedOf(beds, 500, TWELVE));
  scope.postMessage({ snapshot: { version: WIRE_VERSION, serverTimeMs: Date.now(), model: { id: 'bench', executionProvider: 'none', labels: [] }, beds: ward.map(snapshotOf) } });
  const startMs = performance.now();
  setInterval(() => {
    const seconds = (performance.now() - startMs) / 1000;
    const packed = packWaveforms(ward.flatMap((bed, slot) => due(bed, slot, seconds)));
    scope.postMessage({ waveform: packed.buffer as ArrayBuffer }, [packed.buffer as ArrayBuffer]);
  }, MESSAGE_MS);
  setInterval(() => scope.postMessage({ numerics: ward.map(numericsOf) }), 1000);
};

function due(bed: FedBed, slot: number, seconds: number): WaveformBlock[] {
  const from = bed.sent;
  const count = Math.floor(seconds * bed.fs) - from;
  bed.sent += count;
  // Beds are not in step: each begins at a place of its own in the loop.
  const place = (i: number): number => (from + i + slot * 97) % (LOOP_S * bed.fs);
  return bed.loop.map((samples, lead) => ({ slot, lead, epoch: 1, startIndex: from, samplesUv: Float32Array.from({ length: count }, (_, i) => samples[place(i)]!) }));
}

function snapshotOf(bed: FedBed, slot: number): BedSnapshot {
  return { bed: bed.bed, slot, source: 'simulator', device: 'bench', epoch: 1, leads: bed.leads, primaryLead: 1, samplingFrequencyHz: bed.fs, band: 'monitor', filter: '0.5-40 Hz', numerics: numericsOf(bed) };
}

function numericsOf({ bed, leads, sent }: FedBed): BedNumerics {
  const nowMs = Date.now();
  return {
    bed, serverTimeMs: nowMs, live: true, lastSampleMs: nowMs, clockOffsetMs: 3, heartRateBpm: 60 + (sent % 20), leadStates: leads.map(() => 'ok'),
    findings: ['sinus rhythm', 'atrial fibrillation', 'premature beats', 'ST elevation'].map((name, i) => ({ label: `label-${i}`, name, cosine: 0.1, score: ((sent / 250 + i) % 5) - 1 })),
    findingsMs: nowMs, alarms: [], audioPausedUntilMs: null, counters: { gaps: 0, missingSamples: 0, duplicates: 0, refused: 0 },
    beats: [{ index: Math.max(0, sent - 100), class: 'normal' }],
  };
}

/**
 * Every message between the server and a page, on the socket.io namespace `/ward`. Shared by both sides.
 *
 *   server -> page   `principal` PrincipalView           on connect: who the page is for the server
 *   server -> page   `snapshot`  WardSnapshot            on connect, when a bed appears or its feed, limits or band change
 *   server -> page   `numerics`  BedNumerics[]           every second for all beds; at once for a bed whose alarms change
 *   server -> page   `waveform`  Uint8Array (packed)     ten times a second, all beds in one message
 *   page -> server   `command`   WardCommand, reply      acknowledged with CommandReply
 *
 * Waveforms may be dropped when a page is slow (a visible gap); numerics are latest-wins; alarms are state, so a
 * page that missed a message is right again after the next one.
 */
import type { AlarmCondition, AlarmGroup, AlarmState, Priority } from '../ecg/alarm.ts';
import type { DisplayBand } from '../ecg/dsp/display-band.ts';
import type { BedLimits, LimitsChange } from '../ecg/limits.ts';

export const WIRE_VERSION = 1;

/** A viewer looks; a clinician acts on alarms and limits; an engineer may do all. */
export type Role = 'viewer' | 'clinician' | 'engineer';

/** Whose token the page came with. The page offers no more than the role allows; the server refuses it anyway. */
export interface PrincipalView {
  readonly name: string;
  readonly role: Role;
}

/** What the model looks for. */
export interface LabelView {
  readonly id: string;
  readonly name: string;
  /** Where its alarm begins, in standard deviations, at beds without a threshold of their own; absent: it is shown, and raises no alarm. */
  readonly alarm?: { readonly priority: Priority; readonly threshold: number };
}

export interface WardSnapshot {
  readonly version: typeof WIRE_VERSION;
  /** The server's clock when it sent this; ages are counted from it, never from the page's own clock. */
  readonly serverTimeMs: number;
  readonly model: {
    readonly id: string | null;
    readonly executionProvider: string;
    readonly labels: readonly LabelView[];
    /** On which labelled ECGs the probabilities of findings were fitted; absent where no label has one. */
    readonly probabilitiesFittedOn?: string;
  };
  readonly beds: readonly BedSnapshot[];
}

/** What changes only when a feed (re)connects or a person sets it. */
export interface BedSnapshot {
  readonly bed: string;
  /** The bed's number in packed waveforms; never reused while the server runs. */
  readonly slot: number;
  readonly source: 'recording' | 'simulator' | 'device';
  /** `MIT-BIH 207, replayed`. */
  readonly device: string;
  readonly epoch: number;
  readonly leads: readonly string[];
  /** Index of the lead that is always sent, and shown in the ward: II where there is one. */
  readonly primaryLead: number;
  /** Sampling frequency of the waveform messages (below 1000 Hz; a faster feed is thinned for the page only). */
  readonly samplingFrequencyHz: number;
  /** In which waveforms after this message are shown; those before it were shown in the band of the snapshot before. */
  readonly band: DisplayBand;
  /** Bandwidth of what is shown, for example `0.5-40 Hz`: of the band, as far as the feed reaches. */
  readonly filter: string;
  /** Limits in force; absent from a server that knows none. */
  readonly limits?: BedLimits;
  readonly numerics: BedNumerics;
}

/** One alarm as the page shows it. */
export interface AlarmView {
  readonly condition: AlarmCondition;
  /** What a person reads: `ASYSTOLE`, `Atrial fibrillation`. */
  readonly text: string;
  readonly priority: Priority;
  readonly state: AlarmState;
  readonly onsetMs: number;
  /** When the server knew: what is acknowledged is what was shown. */
  readonly detectedAtMs: number;
  readonly cause: string;
  /** Raised again so often because nobody answered. */
  readonly escalation?: 1 | 2;
  /** Sounds although the bed's audio is paused. */
  readonly breakthrough?: true;
}

/** Alarms that a person turned off at a bed; shown as long as they are. */
export interface GroupOffView {
  readonly group: AlarmGroup;
  readonly by: string;
  readonly reason: string;
  readonly sinceMs: number;
}

export interface FindingView {
  readonly label: string;
  readonly name: string;
  readonly cosine: number;
  /** Standard deviations above unlabelled ECGs. */
  readonly score: number;
  /** Of the finding, in [0, 1], by a fit on labelled ECGs; absent where the label has none: a typed one never has. */
  readonly probability?: number;
  /** 0 to 100: where the segment stands among those of the last hour, at this bed and in the ward; only of uncalibrated labels. */
  readonly percentileBed?: number;
  readonly percentileWard?: number;
  /** Typed by a person, or of a label set: what a score of it means has not been measured. */
  readonly uncalibrated?: true;
}

export type LeadState = 'ok' | 'leadOff' | 'flat' | 'saturated' | 'noisy' | 'missing';

/** What changes all the time. Every value carries its age; null means not known now. */
export interface BedNumerics {
  readonly bed: string;
  readonly serverTimeMs: number;
  /** False once no sample has arrived for the no-data limit. */
  readonly live: boolean;
  /** Server clock when the last sample arrived; null before the first. */
  readonly lastSampleMs: number | null;
  /** Device clock minus server clock, estimated. */
  readonly clockOffsetMs: number | null;
  readonly heartRateBpm: number | null;
  readonly leadStates: readonly LeadState[];
  /** Highest first; of the newest scored segment. */
  readonly findings: readonly FindingView[];
  /** No label that has a probability is probable: the segment is like none of them, and the order of its findings says little. */
  readonly abstained?: true;
  /** Server clock at the end of the segment the findings are of; null while there is none. */
  readonly findingsMs: number | null;
  /** Highest priority first; cleared ones are gone. */
  readonly alarms: readonly AlarmView[];
  /** Server time until which this bed's audio is paused; null where it is not. */
  readonly audioPausedUntilMs: number | null;
  readonly alarmsOff?: readonly GroupOffView[];
  /** Samples lost, late or refused since the feed connected. */
  readonly counters: { readonly gaps: number; readonly missingSamples: number; readonly duplicates: number; readonly refused: number };
  /** Beats since the last message, by sample index on the waveform's axis. */
  readonly beats: readonly { readonly index: number; readonly class: string }[];
}

export type WardCommand =
  | PersonCommand
  /** Send all leads of this bed (null: of none); every bed's primary lead is always sent. */
  | { readonly type: 'watch'; readonly bed: string | null };

/** What a person does to a bed's alarms and settings: carried out for a clinician or engineer, and kept with name, role and reason. */
export type PersonCommand = { readonly bed: string; readonly reason?: string } & (
  /** Acknowledge one alarm, or all that are there now; none detected later (`detectedAtMs`) than what the person had been shown, where that is said. */
  | { readonly type: 'acknowledge'; readonly condition?: AlarmCondition; readonly seenUpToMs?: number }
  /** End what is latched. */
  | { readonly type: 'reset'; readonly condition?: AlarmCondition }
  | { readonly type: 'pauseAudio' }
  | { readonly type: 'resumeAudio' }
  /** Turn a group off or on again; lethal alarms need a reason. */
  | { readonly type: 'alarmOff'; readonly group: AlarmGroup; readonly off: boolean }
  | { readonly type: 'setLimits'; readonly limits: LimitsChange }
  /** Show the bed in this band, on every page. */
  | { readonly type: 'setBand'; readonly band: DisplayBand }
);

export type CommandReply = { readonly ok: true } | { readonly ok: false; readonly code: string; readonly message: string };

/** Samples of one lead of one bed, contiguous. */
export interface WaveformBlock {
  readonly slot: number;
  readonly lead: number;
  readonly epoch: number;
  /** Index of the first sample on the bed's waveform axis since the epoch began; a jump is a gap. */
  readonly startIndex: number;
  /** Microvolts; NaN = missing. */
  readonly samplesUv: Float32Array;
}

/** One step of a packed sample: fine enough for any trace, wide enough for +-81 mV. */
const STEP_UV = 2.5;
const MISSING = -32768;
const BLOCK_HEADER_BYTES = 16;

/**
 * Packs blocks into one message. Per block, little-endian: u16 slot, u8 lead, u8 0, u16 epoch (mod 65536),
 * u16 count, f64 startIndex, int16 samples in steps of 2.5 microvolts (-32768 = missing), padded to 8 bytes.
 */
export function packWaveforms(blocks: readonly WaveformBlock[]): Uint8Array {
  const bytes = blocks.reduce((sum, block) => sum + blockBytes(block.samplesUv.length), 0);
  const out = new Uint8Array(bytes);
  const view = new DataView(out.buffer);
  let at = 0;
  for (const { slot, lead, epoch, startIndex, samplesUv } of blocks) {
    view.setUint16(at, slot, true);
    view.setUint8(at + 2, lead);
    view.setUint16(at + 4, epoch & 0xffff, true);
    view.setUint16(at + 6, samplesUv.length, true);
    view.setFloat64(at + 8, startIndex, true);
    for (let i = 0; i < samplesUv.length; i++) {
      const value = samplesUv[i]!;
      const steps = Number.isNaN(value) ? MISSING : Math.max(-32767, Math.min(32767, Math.round(value / STEP_UV)));
      view.setInt16(at + BLOCK_HEADER_BYTES + 2 * i, steps, true);
    }
    at += blockBytes(samplesUv.length);
  }
  return out;
}

/** Reads a packed message. @throws RangeError where it ends inside a block */
export function unpackWaveforms(bytes: Uint8Array): WaveformBlock[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: WaveformBlock[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const count = view.getUint16(at + 6, true);
    const samplesUv = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const steps = view.getInt16(at + BLOCK_HEADER_BYTES + 2 * i, true);
      samplesUv[i] = steps === MISSING ? NaN : steps * STEP_UV;
    }
    blocks.push({
      slot: view.getUint16(at, true),
      lead: view.getUint8(at + 2),
      epoch: view.getUint16(at + 4, true),
      startIndex: view.getFloat64(at + 8, true),
      samplesUv,
    });
    at += blockBytes(count);
  }
  return blocks;
}

const blockBytes = (count: number): number => BLOCK_HEADER_BYTES + Math.ceil((count * 2) / 8) * 8;

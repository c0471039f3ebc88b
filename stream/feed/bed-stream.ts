/** Messages of one bed made a feed: hello when leads or rate change or too much is missing, then frames on one sample axis. */
import { createHash } from 'node:crypto';
import { EcgError } from '../../ecg/errors.ts';
import { FRAME_VERSION, MAX_FRAME_SAMPLES, encodeFrame } from '../../ecg/frame.ts';
import { DEFAULT_ALIGN_OPTIONS } from '../align.ts';
import type { FaultMessage, HelloMessage } from './feed.ts';
import type { DeviceSession, FeedDoor, FeedTransport } from './feed-session.ts';
import type { Waveform } from './waveform.ts';

/** A message that begins this much later than the last one ended, in its own lengths, follows a loss, not a slow clock. */
const LOSS = 0.5;
/** So does one that begins this much later, however long it is: five seconds that nobody sent are no jitter of a clock. */
const LOSS_MS = 500;
/** Losses of an epoch that are remembered, so that a message of one that comes after all is told from a clock that was set back. */
const REMEMBERED_LOSSES = 16;
/** A minute of a monitor that sends every second: what a gateway has queued when it sends again. */
const REMEMBERED_MESSAGES = 64;

/** The newest messages that were taken of a bed. A sender that misses acknowledgements connects anew and sends them again, and the same second twice would be invented signal. */
export class TakenMessages {
  readonly #taken: string[] = [];

  has(message: Waveform): boolean {
    const name = nameOf(message);
    return name !== undefined && this.#taken.includes(name);
  }

  add(message: Waveform): void {
    const name = nameOf(message);
    if (name === undefined) return;
    this.#taken.push(name);
    if (this.#taken.length > REMEMBERED_MESSAGES) this.#taken.shift();
  }
}

export interface BedStreamOptions extends Pick<FeedTransport, 'address' | 'token' | 'configured' | 'cut'> {
  readonly bed: string;
  /** What is connected, for people. */
  readonly device: string;
  /** Outlives the connection where the sender may come back with messages that were taken. */
  readonly taken?: TakenMessages | undefined;
}

export class BedStream {
  readonly #session: DeviceSession;
  readonly #bed: string;
  readonly #device: string;
  readonly #taken: TakenMessages;
  /** The first that the session reported since it was last asked. */
  #fault: FaultMessage | undefined;
  #layout = '';
  #sequence = 0;
  #sampleIndex = 0;
  #endMs: number | undefined;
  #losses: { readonly fromMs: number; readonly toMs: number }[] = [];

  /** Opens a session of its own; `end` closes it. */
  constructor(door: FeedDoor, { bed, device, taken = new TakenMessages(), ...transport }: BedStreamOptions) {
    this.#session = door.open({ ...transport, acknowledge: () => undefined, fault: (fault) => void (this.#fault ??= fault) });
    this.#bed = bed;
    this.#device = device.slice(0, 120);
    this.#taken = taken;
  }

  /** @returns why the waveform was refused, or undefined */
  push(waveform: Waveform, nowMs: number): FaultMessage | undefined {
    if (this.#taken.has(waveform)) return undefined;
    const { samplingFrequencyHz: fs, samples } = waveform;
    const count = samples[0]!.length;
    const lengthMs = (count * 1000) / fs;
    const startMs = waveform.startMs ?? this.#endMs ?? nowMs - lengthMs;
    const refusal = this.#begin(waveform, startMs, lengthMs);
    if (refusal) return refusal;
    for (let at = 0; at < count; at += MAX_FRAME_SAMPLES) {
      const part = samples.map((lead) => lead.subarray(at, at + MAX_FRAME_SAMPLES));
      this.#session.frame(encodeFrame({ sequence: this.#sequence++, sampleIndex: this.#sampleIndex, deviceTimeMs: startMs + (at * 1000) / fs, samples: part }));
      this.#sampleIndex += part[0]!.length;
    }
    this.#endMs = startMs + lengthMs;
    const fault = this.#takeFault();
    if (!fault) this.#taken.add(waveform);
    return fault;
  }

  end(): void {
    this.#session.end();
  }

  #takeFault(): FaultMessage | undefined {
    const fault = this.#fault;
    this.#fault = undefined;
    return fault;
  }

  /** Finds the place of a message on the sample axis, or begins a new axis. @returns why it has none */
  #begin({ samplingFrequencyHz: fs, leads, adcGain, baseline }: Waveform, startMs: number, lengthMs: number): FaultMessage | undefined {
    const layout = JSON.stringify([fs, leads, adcGain, baseline]);
    const lostMs = this.#endMs === undefined ? 0 : startMs - this.#endMs;
    // Beyond what alignment takes for a gap the sender was away, or its clock was set on: a new epoch, as after a cut.
    if (layout !== this.#layout || this.#session.bed === undefined || lostMs > DEFAULT_ALIGN_OPTIONS.maxGapMs) {
      const hello: HelloMessage = {
        version: FRAME_VERSION, bed: this.#bed, source: 'device', device: this.#device, samplingFrequencyHz: fs, leads: [...leads], adcGain: [...adcGain], baseline: [...baseline] };
      const reply = this.#session.hello(hello);
      if (!reply.ok) return reply.fault;
      this.#layout = layout;
      this.#sequence = 0;
      this.#sampleIndex = 0;
      this.#endMs = undefined;
      this.#losses = [];
      return undefined;
    }
    const toleranceMs = Math.min(LOSS * lengthMs, LOSS_MS);
    if (lostMs > toleranceMs) {
      this.#losses = [...this.#losses, { fromMs: this.#endMs!, toMs: startMs }].slice(-REMEMBERED_LOSSES);
      this.#sampleIndex += Math.round((lostMs * fs) / 1000);
      return undefined;
    }
    if (lostMs < -toleranceMs && this.#losses.some(({ fromMs, toMs }) => startMs > fromMs - toleranceMs && startMs + lengthMs < toMs + toleranceMs)) {
      this.#session.refuse(new EcgError('FRAME_SEQUENCE', 'the message comes too late: its time has been given up as a gap', {
        expected: `a time from ${new Date(this.#endMs!).toISOString()} on`, received: new Date(startMs).toISOString(), from: this.#bed }));
      return this.#takeFault();
    }
    return undefined;
  }
}

/** Time and samples. A message without a time cannot be told from its repetition. */
function nameOf({ startMs, samples }: Waveform): string | undefined {
  if (startMs === undefined) return undefined;
  const hash = createHash('sha256');
  for (const lead of samples) hash.update(new Uint8Array(lead.buffer, lead.byteOffset, lead.byteLength));
  return `${startMs} ${hash.digest('base64')}`;
}

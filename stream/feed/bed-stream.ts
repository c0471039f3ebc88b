/** Messages of one bed made a feed: hello when leads or rate change, then frames on one sample axis. */
import { FRAME_VERSION, MAX_FRAME_SAMPLES, encodeFrame } from '../../ecg/frame.ts';
import type { FaultMessage, HelloMessage } from './feed.ts';
import type { DeviceSession } from './feed-session.ts';
import type { Waveform } from './waveform.ts';

/** A message that begins this much later than the last one ended (in its own lengths) follows a loss, not a slow clock. */
const LOSS = 0.5;

export class BedStream {
  readonly #session: DeviceSession;
  readonly #bed: string;
  readonly #device: string;
  readonly #takeFault: () => FaultMessage | undefined;
  #layout = '';
  #sequence = 0;
  #sampleIndex = 0;
  #endMs: number | undefined;
  #last: Waveform | undefined;

  /** @param takeFault the fault that the session reported since it was last asked */
  constructor(session: DeviceSession, bed: string, device: string, takeFault: () => FaultMessage | undefined) {
    this.#session = session;
    this.#bed = bed;
    this.#device = device.slice(0, 120);
    this.#takeFault = takeFault;
  }

  /** @returns why the waveform was refused, or undefined */
  push(waveform: Waveform, nowMs: number): FaultMessage | undefined {
    const { samplingFrequencyHz: fs, leads, adcGain, baseline, samples } = waveform;
    const layout = JSON.stringify([fs, leads, adcGain, baseline]);
    if (layout !== this.#layout || this.#session.bed === undefined) {
      const hello: HelloMessage = {
        version: FRAME_VERSION, bed: this.#bed, source: 'device', device: this.#device, samplingFrequencyHz: fs, leads: [...leads], adcGain: [...adcGain], baseline: [...baseline] };
      const reply = this.#session.hello(hello);
      if (!reply.ok) return reply.fault;
      this.#layout = layout;
      this.#sequence = 0;
      this.#sampleIndex = 0;
      this.#endMs = undefined;
      this.#last = undefined;
    }
    // A sender that missed its acknowledgement sends the message again; the same second twice would be invented signal.
    if (isRepeat(this.#last, waveform)) return undefined;
    this.#last = waveform;
    const count = samples[0]!.length;
    const lengthMs = (count * 1000) / fs;
    const startMs = waveform.startMs ?? this.#endMs ?? nowMs - lengthMs;
    const lostMs = this.#endMs === undefined ? 0 : startMs - this.#endMs;
    if (lostMs > LOSS * lengthMs) this.#sampleIndex += Math.round((lostMs * fs) / 1000);
    for (let at = 0; at < count; at += MAX_FRAME_SAMPLES) {
      const part = samples.map((lead) => lead.subarray(at, at + MAX_FRAME_SAMPLES));
      this.#session.frame(encodeFrame({ sequence: this.#sequence++, sampleIndex: this.#sampleIndex, deviceTimeMs: startMs + (at * 1000) / fs, samples: part }));
      this.#sampleIndex += part[0]!.length;
    }
    this.#endMs = startMs + lengthMs;
    return this.#takeFault();
  }

  end(): void {
    this.#session.end();
  }
}

/** The same samples of the same time. A message without a time cannot be told from its repetition. */
const isRepeat = (last: Waveform | undefined, next: Waveform): boolean =>
  last?.startMs !== undefined && last.startMs === next.startMs && last.samples.every((lead, i) => Buffer.compare(bytesOf(lead), bytesOf(next.samples[i]!)) === 0);
const bytesOf = (lead: Int16Array): Uint8Array => new Uint8Array(lead.buffer, lead.byteOffset, lead.byteLength);

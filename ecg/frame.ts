/**
 * The packed feed frame, version 1: what a bedside device sends, byte for byte (docs/feeds.md holds the same table).
 *
 * All numbers little-endian.
 *
 *   offset  type   field
 *        0  u16    magic 0x574C ("LW")
 *        2  u8     version, 1
 *        3  u8     encoding: 1 = int16 adu, 2 = float32 microvolts
 *        4  u32    sequence, one more each frame, wraps at 2^32
 *        8  f64    deviceTimeMs: the device's clock at the first sample, ms since 1970
 *       16  f64    sampleIndex of the first sample, counted from 0 since hello, a whole number below 2^53
 *       24  u16    sampleCount, per lead
 *       26  u8     leadCount, as announced in hello
 *       27  u8     pacerMarkCount
 *       28  u32    leadOffMask: bit n set = electrode of lead n is off
 *       32  ...    samples, planar: all of lead 0, then all of lead 1, ...
 *        .  u16[]  pacer marks: sample offsets within this frame
 */
import { EcgError } from './errors.ts';
import { aduToMicrovolts, type EpochMs, type MicrovoltSamples } from './units.ts';

export const FRAME_MAGIC = 0x574c;
export const FRAME_VERSION = 1;
export const FRAME_HEADER_BYTES = 32;
export const MAX_FRAME_SAMPLES = 8000; // 2 s at 4,000 Hz: a longer frame could not be shown live
export const MAX_LEADS = 16;
/** The longest frame there can be: float32, every lead, a pacer mark in each of 255 places. */
export const MAX_FRAME_BYTES = FRAME_HEADER_BYTES + MAX_FRAME_SAMPLES * MAX_LEADS * 4 + 255 * 2;
/** WFDB's mark of an invalid sample in 16-bit formats. */
export const MISSING_ADU = -32768;
/** No surface electrode gives more than half a volt (offset included); beyond it the gain is wrong. */
export const ABSURD_MICROVOLTS = 500_000;

const NO_MARKS = new Uint16Array(0);

export type FrameEncoding = 'int16' | 'float32';
const ENCODING_CODE: Readonly<Record<FrameEncoding, number>> = { int16: 1, float32: 2 };
const BYTES_PER_SAMPLE: Readonly<Record<FrameEncoding, number>> = { int16: 2, float32: 4 };

/** A decoded frame. Samples are planar, one array per lead of the hello, in microvolts, NaN where missing. */
export interface Frame {
  readonly sequence: number;
  readonly deviceTimeMs: EpochMs;
  readonly sampleIndex: number;
  readonly sampleCount: number;
  readonly leadOffMask: number;
  readonly samplesUv: readonly MicrovoltSamples[];
  /** Sample offsets within the frame at which the device saw a pacer pulse. */
  readonly pacerMarks: Uint16Array;
}

/** What a frame needs from the hello before it can be read. */
export interface FrameScale {
  readonly leadCount: number;
  /** adu per millivolt, one per lead. */
  readonly adcGain: readonly number[];
  /** adu at 0 mV, one per lead. */
  readonly baseline: readonly number[];
}

/** A frame as the device holds it: raw converter output, or microvolts. */
export interface FrameToEncode {
  readonly sequence: number;
  readonly deviceTimeMs: number;
  readonly sampleIndex: number;
  readonly leadOffMask?: number;
  readonly pacerMarks?: ArrayLike<number>;
  readonly samples: readonly (Int16Array | Float32Array)[];
}

/** Packs one frame. All leads must be of one type and length. @throws RangeError where they are not */
export function encodeFrame(frame: FrameToEncode): Uint8Array {
  const first = frame.samples[0];
  if (!first) throw new RangeError('a frame needs at least one lead, received 0');
  const encoding: FrameEncoding = first instanceof Int16Array ? 'int16' : 'float32';
  const count = first.length;
  const pacers = frame.pacerMarks ?? [];
  for (const [lead, samples] of frame.samples.entries()) {
    if (samples.length !== count || samples.constructor !== first.constructor) {
      throw new RangeError(`every lead needs ${count} samples of ${encoding}, lead ${lead} has ${samples.length} of ${samples.constructor.name}`);
    }
  }
  const bytes = FRAME_HEADER_BYTES + count * frame.samples.length * BYTES_PER_SAMPLE[encoding] + pacers.length * 2;
  const out = new Uint8Array(bytes);
  const view = new DataView(out.buffer);
  view.setUint16(0, FRAME_MAGIC, true);
  view.setUint8(2, FRAME_VERSION);
  view.setUint8(3, ENCODING_CODE[encoding]);
  view.setUint32(4, frame.sequence >>> 0, true);
  view.setFloat64(8, frame.deviceTimeMs, true);
  view.setFloat64(16, frame.sampleIndex, true);
  view.setUint16(24, count, true);
  view.setUint8(26, frame.samples.length);
  view.setUint8(27, pacers.length);
  view.setUint32(28, (frame.leadOffMask ?? 0) >>> 0, true);
  let at = FRAME_HEADER_BYTES;
  for (const samples of frame.samples) {
    for (let i = 0; i < count; i++) {
      if (encoding === 'int16') view.setInt16(at, samples[i]!, true);
      else view.setFloat32(at, samples[i]!, true);
      at += BYTES_PER_SAMPLE[encoding];
    }
  }
  for (let i = 0; i < pacers.length; i++, at += 2) view.setUint16(at, pacers[i]!, true);
  return out;
}

/**
 * Reads one packed frame.
 * @param from who sent it, for the error message
 * @throws EcgError FRAME_MALFORMED | FRAME_VERSION | FRAME_SAMPLES
 */
export function decodeFrame(bytes: Uint8Array, scale: FrameScale, from: string): Frame {
  const malformed = (what: string, expected: string, received: string): EcgError =>
    new EcgError('FRAME_MALFORMED', `frame ${what}`, { expected, received, from });
  if (bytes.byteLength < FRAME_HEADER_BYTES) {
    throw malformed('is shorter than its header', `at least ${FRAME_HEADER_BYTES} bytes`, `${bytes.byteLength}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint16(0, true);
  if (magic !== FRAME_MAGIC) throw malformed('does not begin with the magic number', '0x574c', `0x${magic.toString(16).padStart(4, '0')}`);
  const version = view.getUint8(2);
  if (version !== FRAME_VERSION) {
    throw new EcgError('FRAME_VERSION', 'frame is of another version', { expected: `${FRAME_VERSION}`, received: `${version}`, from });
  }
  const code = view.getUint8(3);
  if (code !== 1 && code !== 2) throw malformed('has an unknown sample encoding', '1 (int16) or 2 (float32)', `${code}`);
  const encoding: FrameEncoding = code === 1 ? 'int16' : 'float32';
  const deviceTimeMs = view.getFloat64(8, true);
  // 2^53 / 1000 years from now no clock shows; a device without a clock starts near 0, which is legal.
  if (!(deviceTimeMs >= 0 && deviceTimeMs < 2 ** 43)) throw malformed('time is no point in time', 'milliseconds since 1970, below 2^43', `${deviceTimeMs}`);
  const sampleIndex = view.getFloat64(16, true);
  if (!Number.isSafeInteger(sampleIndex) || sampleIndex < 0) throw malformed('sampleIndex is no count', 'a whole number from 0 to 2^53', `${sampleIndex}`);
  const sampleCount = view.getUint16(24, true);
  if (sampleCount === 0 || sampleCount > MAX_FRAME_SAMPLES) throw malformed('has an impossible length', `1 to ${MAX_FRAME_SAMPLES} samples`, `${sampleCount}`);
  const leadCount = view.getUint8(26);
  if (leadCount !== scale.leadCount) throw malformed('has another number of leads than hello announced', `${scale.leadCount}`, `${leadCount}`);
  const pacerCount = view.getUint8(27);
  const expectedBytes = FRAME_HEADER_BYTES + sampleCount * leadCount * BYTES_PER_SAMPLE[encoding] + pacerCount * 2;
  if (bytes.byteLength !== expectedBytes) throw malformed('has the wrong length', `${expectedBytes} bytes`, `${bytes.byteLength}`);

  const samplesUv: Float32Array[] = [];
  // One piece of memory for all leads: what a frame costs is its allocations.
  const all = new Float32Array(leadCount * sampleCount);
  let at = FRAME_HEADER_BYTES;
  for (let lead = 0; lead < leadCount; lead++, at += sampleCount * BYTES_PER_SAMPLE[encoding]) {
    const samples = all.subarray(lead * sampleCount, (lead + 1) * sampleCount);
    const absurd = encoding === 'int16' ? readInt16(view, at, samples, scale.adcGain[lead]!, scale.baseline[lead]!) : readFloat32(view, at, samples);
    if (absurd >= 0) {
      throw new EcgError('FRAME_SAMPLES', `sample ${absurd} of lead ${lead} is no electrode voltage${encoding === 'int16' ? ` at adcGain ${scale.adcGain[lead]!}` : ''}`, {
        expected: `finite microvolts within +-${ABSURD_MICROVOLTS}`, received: `${samples[absurd]!}`, from });
    }
    samplesUv.push(samples);
  }
  const pacerMarks = pacerCount === 0 ? NO_MARKS : new Uint16Array(pacerCount);
  for (let i = 0; i < pacerCount; i++, at += 2) {
    const offset = view.getUint16(at, true);
    if (offset >= sampleCount) throw malformed('has a pacer mark beyond its end', `an offset below ${sampleCount}`, `${offset}`);
    pacerMarks[i] = offset;
  }
  return {
    sequence: view.getUint32(4, true),
    deviceTimeMs: deviceTimeMs as EpochMs,
    sampleIndex,
    sampleCount,
    leadOffMask: view.getUint32(28, true),
    samplesUv,
    pacerMarks,
  };
}

// One loop for each encoding, and nothing in it but arithmetic: every sample of every bed goes through here.

/** @returns the first sample that no electrode gives, or -1 */
function readInt16(view: DataView, offset: number, out: Float32Array, adcGain: number, baseline: number): number {
  for (let i = 0, at = offset; i < out.length; i++, at += 2) {
    const adu = view.getInt16(at, true);
    out[i] = adu === MISSING_ADU ? NaN : aduToMicrovolts(adu, adcGain, baseline);
    if (Math.abs(out[i]!) > ABSURD_MICROVOLTS) return i; // never of a missing one
  }
  return -1;
}

/** A NaN in a float32 frame is a device's fault, not a gap: int16 frames have a mark for that. */
function readFloat32(view: DataView, offset: number, out: Float32Array): number {
  for (let i = 0, at = offset; i < out.length; i++, at += 4) {
    out[i] = view.getFloat32(at, true);
    if (!(Math.abs(out[i]!) <= ABSURD_MICROVOLTS)) return i;
  }
  return -1;
}

/** Makes feed frames whose samples tell their own index, so that a test can see where each one went. */
import type { Frame } from '../../ecg/frame.ts';
import { epochMs } from '../../ecg/units.ts';
import type { ReceivedFrame } from '../../stream/line.ts';

export interface RampFrameOptions {
  readonly sequence: number;
  readonly sampleIndex: number;
  readonly count: number;
  readonly fs: number;
  readonly leadOffMask?: number;
  readonly clockOffsetMs?: number;
}

/** A one-lead frame whose sample n holds the number n. */
export function rampFrame({ sequence, sampleIndex, count, fs, leadOffMask = 0, clockOffsetMs = 0 }: RampFrameOptions): ReceivedFrame {
  const frame: Frame = {
    sequence: sequence >>> 0,
    sampleIndex,
    sampleCount: count,
    deviceTimeMs: epochMs(1_000_000 + clockOffsetMs + (sampleIndex * 1000) / fs),
    leadOffMask,
    samplesUv: [Float32Array.from({ length: count }, (_, i) => sampleIndex + i)],
    pacerMarks: new Uint16Array(0),
  };
  return { frame, receivedAtMs: epochMs(frame.deviceTimeMs + (count * 1000) / fs) };
}

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '../../../ecg/frame.ts';

it('the worked example of docs/feeds.md is the frame it says', () => {
  const docs = readFileSync(new URL('../../../docs/feeds.md', import.meta.url), 'utf8');
  const hex = docs.match(/```\n(4C 57[0-9A-F ]+)\n```/)![1]!;
  const bytes = Uint8Array.from(hex.trim().split(/\s+/), (byte) => parseInt(byte, 16));
  expect(encodeFrame({ sequence: 1, deviceTimeMs: 1000, sampleIndex: 2, samples: [Int16Array.of(0, 200, -1)] })).toEqual(bytes);
  expect(decodeFrame(bytes, { leadCount: 1, adcGain: [200], baseline: [0] }, 'docs').samplesUv[0]).toEqual(Float32Array.of(0, 1000, -5));
});

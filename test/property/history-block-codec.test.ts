import { expect, it } from 'vitest';
import { MISSING_SAMPLE } from '../../ecg/formats/wfdb-signal.ts';
import { packSamples, unpackSamples } from '../../stream/history/block-codec.ts';
import fc from '../helpers/properties.ts';

const anySample = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: -300, max: 300 }), fc.constantFrom(MISSING_SAMPLE, 2 ** 31 - 1, 0));

it('gives back any samples, whatever they are and wherever they are missing', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 0, max: 60 }), fc.infiniteStream(anySample), (leads, length, stream) => {
    const samples = Int32Array.from({ length: leads * length }, () => stream.next().value as number);
    expect(unpackSamples(packSamples(samples, leads), leads, length)).toEqual(samples);
  }), { numRuns: 400 });
});

it('gives back leads that follow from one another, as the limb leads do', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: -2000, max: 2000 }), fc.integer({ min: -2000, max: 2000 })), { minLength: 1, maxLength: 300 }), (pairs) => {
    const samples = Int32Array.from([...pairs.map(([i]) => i), ...pairs.map(([, ii]) => ii), ...pairs.map(([i, ii]) => ii - i)]);
    expect(unpackSamples(packSamples(samples, 3), 3, pairs.length)).toEqual(samples);
  }));
});

it('refuses bytes that were cut off, rather than invent samples', () => {
  const samples = Int32Array.from({ length: 500 }, (_, i) => Math.round(400 * Math.sin(i / 9)));
  const packed = packSamples(samples, 2);
  expect(() => unpackSamples(packed.subarray(0, packed.length >> 1), 2, 250)).toThrow(RangeError);
});

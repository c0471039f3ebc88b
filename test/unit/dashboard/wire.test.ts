import { describe, expect, it } from 'vitest';
import { packWaveforms, unpackWaveforms, type WaveformBlock } from '../../../dashboard/wire.ts';
import fc from '../../helpers/properties.ts';

const block = fc.record({
  slot: fc.nat({ max: 65535 }), lead: fc.nat({ max: 15 }), epoch: fc.nat({ max: 65535 }), startIndex: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  samplesUv: fc.array(fc.oneof(fc.integer({ min: -30_000, max: 30_000 }), fc.constant(NaN)), { maxLength: 120 }).map((values) => Float32Array.from(values)),
});

describe('packed waveforms', () => {
  it('come back as they were sent, within half a step, and missing samples stay missing', () => {
    fc.assert(fc.property(fc.array(block, { maxLength: 12 }), (blocks) => {
      const back = unpackWaveforms(packWaveforms(blocks));
      expect(back.map(({ samplesUv: _, ...rest }) => rest)).toEqual(blocks.map(({ samplesUv: _, ...rest }) => rest));
      back.forEach(({ samplesUv }, i) => samplesUv.forEach((value, t) => {
        const sent = blocks[i]!.samplesUv[t]!;
        if (Number.isNaN(sent)) expect(value).toBeNaN();
        else expect(Math.abs(value - sent)).toBeLessThanOrEqual(1.25);
      }));
    }), { numRuns: 200 });
  });

  it('are limited, not wrapped, beyond the range of a trace', () => {
    const [out] = unpackWaveforms(packWaveforms([{ slot: 0, lead: 0, epoch: 1, startIndex: 0, samplesUv: Float32Array.of(1e6, -1e6) } satisfies WaveformBlock]));
    expect(out!.samplesUv[0]).toBeGreaterThan(80_000);
    expect(out!.samplesUv[1]).toBeLessThan(-80_000);
  });

  it('that end inside a block are refused', () => {
    const packed = packWaveforms([{ slot: 0, lead: 0, epoch: 1, startIndex: 0, samplesUv: new Float32Array(20) }]);
    expect(() => unpackWaveforms(packed.subarray(0, 30))).toThrow(RangeError);
  });
});

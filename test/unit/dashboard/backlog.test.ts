import { describe, expect, it } from 'vitest';
import { Backlog } from '../../../dashboard/server/backlog.ts';
import { epochMs } from '../../../ecg/units.ts';
import type { Bed } from '../../../stream/bed.ts';

const bedOf = (epoch: number): Bed => ({ bed: 'bed-1', slot: 3, epoch, hello: { leads: ['II', 'V1'] } }) as unknown as Bed;
const FS = 100;
const part = (startIndex: number, count = 10) => ({ startIndex, samplesUv: [0, 1].map((lead) => Float32Array.from({ length: count }, (_, i) => startIndex + i + lead / 2)) });

describe('the backlog of a bed', () => {
  it('is the last ten seconds, as one block per lead', () => {
    const backlog = new Backlog();
    for (let at = 0; at < 3000; at += 10) backlog.keep({ bed: bedOf(1), ...part(at) }, FS);
    const blocks = backlog.blocks(() => true);
    expect(blocks.map(({ slot, lead, startIndex, samplesUv }) => [slot, lead, startIndex, samplesUv.length])).toEqual([[3, 0, 1990, 1010], [3, 1, 1990, 1010]]);
    expect(blocks[1]!.samplesUv.every((value, i) => value === 1990.5 + i)).toBe(true);
  });
  it('is cut at a gap, so that nothing is drawn across it', () => {
    const backlog = new Backlog();
    for (const at of [0, 10, 40, 50]) backlog.keep({ bed: bedOf(1), ...part(at) }, FS);
    expect(backlog.blocks((_, lead) => lead === 0).map(({ startIndex, samplesUv }) => [startIndex, samplesUv.length])).toEqual([[0, 20], [40, 20]]);
  });
  it('forgets what another feed sent', () => {
    const backlog = new Backlog();
    backlog.keep({ bed: bedOf(1), ...part(500) }, FS);
    backlog.keep({ bed: bedOf(2), ...part(0) }, FS);
    expect(backlog.blocks((_, lead) => lead === 0).map(({ epoch, startIndex }) => [epoch, startIndex])).toEqual([[2, 0]]);
  });
  it('is over ten seconds after the last sample, and not before', () => {
    const backlog = new Backlog();
    backlog.keep({ bed: { ...bedOf(1), lastSampleMs: epochMs(50_000) } as Bed, ...part(0) }, FS);
    backlog.expire(epochMs(60_000));
    expect(backlog.blocks(() => true)).toHaveLength(2);
    backlog.expire(epochMs(60_001));
    expect(backlog.blocks(() => true)).toEqual([]);
  });
  it('begins anew where the bed is shown in another band', () => {
    const backlog = new Backlog();
    backlog.keep({ bed: bedOf(1), ...part(0) }, FS);
    backlog.forget('bed-1');
    backlog.keep({ bed: bedOf(1), ...part(10) }, FS);
    expect(backlog.blocks((_, lead) => lead === 0).map(({ startIndex, samplesUv }) => [startIndex, samplesUv.length])).toEqual([[10, 10]]);
  });
});

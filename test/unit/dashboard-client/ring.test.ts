import { describe, expect, it } from 'vitest';
import { LeadRing } from '../../../dashboard/client/trace/ring.ts';

const read = (ring: LeadRing, from: number, end: number): number[] => Array.from({ length: end - from }, (_, i) => ring.at(from + i));

describe('LeadRing', () => {
  it('gives back what was written, at its index', () => {
    const ring = new LeadRing(16);
    ring.write(1000, Float32Array.of(1, 2, 3));
    ring.write(1003, Float32Array.of(4));
    expect(read(ring, 999, 1005)).toEqual([NaN, 1, 2, 3, 4, NaN]);
    expect(ring.end).toBe(1004);
    expect(ring.origin).toBe(1000);
  });

  it('reads as missing where an index was jumped over', () => {
    const ring = new LeadRing(16);
    ring.write(0, Float32Array.of(1, 2));
    ring.write(5, Float32Array.of(6));
    expect(read(ring, 0, 6)).toEqual([1, 2, NaN, NaN, NaN, 6]);
  });

  it('shows nothing old where a jump went round the ring', () => {
    const ring = new LeadRing(8);
    ring.write(0, Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    ring.write(100, Float32Array.of(9));
    expect(read(ring, 93, 101)).toEqual([NaN, NaN, NaN, NaN, NaN, NaN, NaN, 9]);
  });

  it('puts a late block where it belongs and says that it touched it', () => {
    const ring = new LeadRing(16);
    ring.write(0, Float32Array.of(1, 2));
    ring.write(4, Float32Array.of(5, 6));
    ring.touchedFrom = Infinity;
    ring.write(2, Float32Array.of(3, 4));
    expect(read(ring, 0, 6)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(ring.touchedFrom).toBe(2);
    expect(ring.end).toBe(6);
  });

  it('keeps the newest samples of a block longer than itself, and drops one that has left it', () => {
    const ring = new LeadRing(4);
    ring.write(0, Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(read(ring, 0, 6)).toEqual([NaN, NaN, 3, 4, 5, 6]);
    ring.write(0, Float32Array.of(7, 8));
    expect(read(ring, 0, 6)).toEqual([NaN, NaN, 3, 4, 5, 6]);
  });

  it('leaves alone what lies below the floor', () => {
    const ring = new LeadRing(16);
    ring.write(0, Float32Array.of(1, 2, 3));
    ring.write(1, Float32Array.of(9, 9, 9, 9), 4);
    expect(read(ring, 0, 5)).toEqual([1, 2, 3, NaN, 9]);
  });

  it('keeps missing samples missing', () => {
    const ring = new LeadRing(8);
    ring.write(0, Float32Array.of(1, NaN, 3));
    expect(read(ring, 0, 3)).toEqual([1, NaN, 3]);
  });
});

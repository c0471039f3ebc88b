import { describe, expect, it } from 'vitest';
import { recallsOf } from '../../../../training/evaluation/retrieval.ts';
import fc from '../../../helpers/properties.ts';

const circle = (count: number): Float32Array => Float32Array.from(Array.from({ length: count }, (_, i) => [Math.cos(i / count), Math.sin(i / count)]).flat());

describe('recall', () => {
  it('counts the best of several that belong', () => {
    const belongs = (_: number, item: number): boolean => item === 3 || item === 11;
    expect(recallsOf(Float32Array.of(1, 0), circle(12), 2, belongs, () => [7])).toEqual({ n: 1, among: 12, recall: [0, 1, 1], low: [0, 1, 1], high: [0, 1, 1] });
  });

  it('is as unsure as there are few patients: many ECGs of one patient are no many draws', () => {
    const queries = circle(40);
    const found = (query: number, item: number): boolean => item === (query % 2 === 0 ? query : (query + 20) % 40);
    const width = (patients: number): number => {
      const { low, high } = recallsOf(queries, queries, 2, found, (query) => [query % patients]);
      return high[0]! - low[0]!;
    };
    expect(width(40)).toBeGreaterThan(0.2);
    expect(width(4)).toBeGreaterThan(width(40));
    expect(width(1)).toBe(0);
  });

  it('grows with the number looked at, and its interval is in order, whoever the patients are', () => {
    fc.assert(fc.property(fc.array(fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }), { minLength: 5, maxLength: 30 }), (patients) => {
      const queries = circle(patients.length);
      const { recall, low, high } = recallsOf(queries, queries, 2, (query, item) => item === (query * 7) % patients.length, (query) => patients[query]!);
      recall.forEach((value, i) => {
        expect(low[i]!).toBeLessThanOrEqual(high[i]!);
        if (i > 0) expect(value).toBeGreaterThanOrEqual(recall[i - 1]!);
      });
    }), { numRuns: 20 });
  });
});

import { describe, expect, it } from 'vitest';
import { balancedTest, type BalancedItem } from '../../../../training/evaluation/balanced-test.ts';

/** `count` items of a class, of which `right` are found and the others taken for class 0 (or 1). */
const items = (truth: number, count: number, right: number, from: number): BalancedItem[] =>
  Array.from({ length: count }, (_, i) => ({ truth, chosen: i < right ? truth : truth === 0 ? 1 : 0, group: from + i }));

describe('the balanced test', () => {
  it('gives one to a perfect model, with no spread', () => {
    const { f1, recall, precision, topOne, oneVersusRest, perClass, n } = balancedTest([...items(0, 30, 30, 0), ...items(1, 10, 10, 100)], 2);
    for (const estimate of [f1, recall, precision, topOne, oneVersusRest]) expect(estimate).toEqual({ value: 1, low: 1, high: 1 });
    expect({ perClass, n }).toEqual({ perClass: 10, n: 20 });
  });

  it('counts every class alike, however many of it there are', () => {
    // All 100 of class 0 found, half of class 1: on a balanced set recall is 0.75, not 105 of 110.
    const { recall, topOne } = balancedTest([...items(0, 100, 100, 0), ...items(1, 10, 5, 200)], 2);
    expect(recall.value).toBeCloseTo(0.75, 10);
    expect(topOne.value).toBeCloseTo(0.75, 10);
  });

  it('has an interval that holds the value', () => {
    const { f1 } = balancedTest([...items(0, 40, 30, 0), ...items(1, 40, 20, 100), ...items(2, 20, 15, 200)], 3);
    expect(f1.low).toBeLessThan(f1.value);
    expect(f1.high).toBeGreaterThan(f1.value);
  });

  it('gives a wider interval where items come in groups', () => {
    const single = [...items(0, 60, 40, 0), ...items(1, 60, 40, 100)];
    const grouped = single.map((item) => ({ ...item, group: Math.floor(item.group / 20) }));
    const width = ({ f1 }: ReturnType<typeof balancedTest>): number => f1.high - f1.low;
    expect(width(balancedTest(grouped, 2))).toBeGreaterThan(width(balancedTest(single, 2)));
  });

  it('is the same each time', () => {
    const set = [...items(0, 30, 20, 0), ...items(1, 20, 10, 100)];
    expect(balancedTest(set, 2)).toEqual(balancedTest(set, 2));
  });

  it('refuses a class without an item', () => {
    expect(() => balancedTest(items(0, 5, 5, 0), 2)).toThrow(RangeError);
  });
});

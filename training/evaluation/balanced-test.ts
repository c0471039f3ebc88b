/**
 * The METS paper's own kind of test: five classes, each record in exactly one of them, as many of each class. Fold 10 has fewer
 * of the rarest class than the paper's 200, so the test is drawn many times as large as balance allows, and the interval
 * resamples patients.
 */
import { randomOf, shuffled, type Random } from '../random.ts';

/** Draws of the balanced set: enough for the third digit to stand. */
export const DRAWS = 200;
const DRAW_SEED = 2;

export interface BalancedItem {
  /** Index of the true class. */
  readonly truth: number;
  /** Index of the class with the highest score. */
  readonly chosen: number;
  /** Items of one group (patient, record) are no independent draws. */
  readonly group: number;
}

export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface BalancedResult {
  /** Items per class in one draw, and of all classes. */
  readonly perClass: number;
  readonly n: number;
  readonly f1: Estimate;
  readonly recall: Estimate;
  readonly precision: Estimate;
  /** Share of items whose class was chosen: on a balanced test the same as recall. */
  readonly topOne: Estimate;
  /** Mean over classes of one-against-the-rest accuracy: what the paper's accuracy column must be. */
  readonly oneVersusRest: Estimate;
}

interface Figures {
  readonly f1: number;
  readonly recall: number;
  readonly precision: number;
  readonly topOne: number;
  readonly oneVersusRest: number;
}

/** @throws RangeError where a class has no item */
export function balancedTest(items: readonly BalancedItem[], classes: number): BalancedResult {
  const perClass = Math.min(...countPerClass(items, classes));
  if (perClass === 0) throw new RangeError('a class of the balanced test has no item');
  const random = randomOf(DRAW_SEED);
  const plain = Array.from({ length: DRAWS }, () => figuresOf(balancedDraw(items, classes, perClass, random), classes));
  const resampled = Array.from({ length: DRAWS }, () => {
    const drawn = resampleGroups(items, random);
    // A class may come out smaller than the draw wants, or even empty where its groups are few.
    const available = Math.min(...countPerClass(drawn, classes));
    return available === 0 ? undefined : figuresOf(balancedDraw(drawn, classes, Math.min(perClass, available), random), classes);
  }).filter((figures) => figures !== undefined);
  const estimate = (pick: (figures: Figures) => number): Estimate => {
    const sorted = resampled.map(pick).sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
    return { value: plain.reduce((sum, figures) => sum + pick(figures), 0) / plain.length, low: at(0.025), high: at(0.975) };
  };
  return {
    perClass, n: perClass * classes,
    f1: estimate(({ f1 }) => f1), recall: estimate(({ recall }) => recall), precision: estimate(({ precision }) => precision),
    topOne: estimate(({ topOne }) => topOne), oneVersusRest: estimate(({ oneVersusRest }) => oneVersusRest),
  };
}

function countPerClass(items: readonly BalancedItem[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const { truth } of items) counts[truth] = counts[truth]! + 1;
  return counts;
}

function balancedDraw(items: readonly BalancedItem[], classes: number, perClass: number, random: Random): BalancedItem[] {
  return Array.from({ length: classes }, (_, wanted) => {
    const ofClass = items.filter(({ truth }) => truth === wanted);
    return [...shuffled(ofClass.length, random)].slice(0, perClass).map((index) => ofClass[index]!);
  }).flat();
}

function resampleGroups(items: readonly BalancedItem[], random: Random): BalancedItem[] {
  const byGroup = new Map<number, BalancedItem[]>();
  for (const item of items) byGroup.set(item.group, [...(byGroup.get(item.group) ?? []), item]);
  const groups = [...byGroup.values()];
  return groups.flatMap(() => groups[random.below(groups.length)]!);
}

/** Macro figures; a class never chosen has a precision of zero. */
function figuresOf(items: readonly BalancedItem[], classes: number): Figures {
  const mean = (of: (name: number) => number): number => Array.from({ length: classes }, (_, name) => of(name)).reduce((sum, value) => sum + value, 0) / classes;
  const count = (test: (item: BalancedItem) => boolean): number => items.filter(test).length;
  const hits = (name: number): number => count(({ truth, chosen }) => truth === name && chosen === name);
  const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
  const recallOf = (name: number): number => ratio(hits(name), count(({ truth }) => truth === name));
  const precisionOf = (name: number): number => ratio(hits(name), count(({ chosen }) => chosen === name));
  return {
    recall: mean(recallOf),
    precision: mean(precisionOf),
    f1: mean((name) => ratio(2 * recallOf(name) * precisionOf(name), recallOf(name) + precisionOf(name))),
    topOne: count(({ truth, chosen }) => truth === chosen) / items.length,
    oneVersusRest: mean((name) => count(({ truth, chosen }) => (truth === name) === (chosen === name)) / items.length),
  };
}

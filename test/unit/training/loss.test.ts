import { describe, expect, it } from 'vitest';
import { bothWays, contrastiveLoss, sigmoidLoss, statementLoss, targetsOf, taughtTargets } from '../../../training/loss.ts';
import { tf, type Tensor2D } from '../../../training/tf.ts';

const unitRows = (rows: number[][]): Tensor2D => tf.tidy(() => {
  const matrix = tf.tensor2d(rows);
  return matrix.div<Tensor2D>(matrix.square().sum(1, true).sqrt());
});
const scale = tf.scalar(Math.log(10));
const lossOf = (ecg: Tensor2D, text: Tensor2D, targets: Tensor2D): number => contrastiveLoss(ecg, text, scale, bothWays(targets)).dataSync()[0]!;

describe('targets', () => {
  const text = unitRows([[1, 0], [1, 0], [0, 1]]);
  const identity = Int32Array.of(7, 7, 9);

  it('share a row among records with the same text', () => {
    expect(targetsOf(text, identity, 0).arraySync()).toEqual([[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]]);
  });

  it('give identical texts the same share when they are soft', () => {
    const [first] = targetsOf(text, identity, 0.1).arraySync();
    expect(first![0]).toBe(first![1]);
    expect(first![0]! + first![1]! + first![2]!).toBeCloseTo(1, 6);
    expect(first![2]).toBeLessThan(first![0]! / 1000);
  });
});

describe('the sigmoid loss', () => {
  const text = unitRows([[1, 0, 0], [0, 1, 0], [0, 0, 1]]);
  const loss = (ecg: Tensor2D, offset: number, identity = Int32Array.of(0, 1, 2)): number => sigmoidLoss(ecg, text, scale, tf.scalar(offset), targetsOf(text, identity, 0)).dataSync()[0]!;

  it('is the sum over texts of each question’s cross-entropy', () => {
    // Cosines 1 and 0, scale 10, offset -5: one yes at logit 5, two noes at logit -5, each ln(1 + e^-5).
    expect(loss(text, -5)).toBeCloseTo(3 * Math.log1p(Math.exp(-5)), 5);
  });

  it('is lowest where every ECG lies on its own text, and calls every equal text right', () => {
    const shuffled = tf.gather(text, tf.tensor1d([1, 2, 0], 'int32'));
    expect(loss(shuffled, -5)).toBeGreaterThan(loss(text, -5) + 5);
    expect(loss(shuffled, -5, Int32Array.of(7, 7, 7))).toBeCloseTo(loss(text, -5, Int32Array.of(7, 7, 7)), 5);
  });
});

describe('the contrastive loss', () => {
  const text = unitRows([[1, 0, 0], [0, 1, 0], [0, 0, 1]]);
  const diagonal = targetsOf(text, Int32Array.of(0, 1, 2), 0);

  it('is lowest where every ECG lies on its own text', () => {
    const matched = lossOf(text, text, diagonal);
    const shuffled = lossOf(tf.gather(text, tf.tensor1d([1, 2, 0], 'int32')), text, diagonal);
    expect(matched).toBeLessThan(0.01);
    expect(shuffled).toBeGreaterThan(5);
  });

  it('is the logarithm of the batch size where nothing is told apart', () => {
    const same = unitRows([[1, 1, 1], [1, 1, 1], [1, 1, 1]]);
    expect(lossOf(same, same, diagonal)).toBeCloseTo(Math.log(3), 5);
  });

  it('does not punish an ECG for lying on another record’s identical text', () => {
    const repeated = unitRows([[1, 0, 0], [1, 0, 0], [0, 0, 1]]);
    const asOne = lossOf(repeated, repeated, targetsOf(repeated, Int32Array.of(4, 4, 5), 0));
    const asTwo = lossOf(repeated, repeated, diagonal);
    // Two equal positives cannot be told apart: their entropy, log 2 for two of three records, is the floor.
    expect(asOne).toBeCloseTo((2 / 3) * Math.log(2), 3);
    expect(asTwo).toBeCloseTo(asOne, 3);
    const moved = unitRows([[0, 0, 1], [0, 0, 1], [1, 0, 0]]);
    expect(lossOf(moved, repeated, targetsOf(repeated, Int32Array.of(4, 4, 5), 0))).toBeGreaterThan(asOne + 5);
  });
});

describe('more texts than ECGs', () => {
  const own = [[1, 0, 0], [0, 1, 0]];
  const text = unitRows([...own, [0, 0, 1], [1, 0, 0]]);
  const ecg = unitRows(own);

  it('take a share of the target where they say the same', () => {
    expect(targetsOf(text, Int32Array.of(1, 2, 3, 1), 0, 2).arraySync()).toEqual([[0.5, 0, 0, 0.5], [0, 1, 0, 0]]);
  });

  it('must be told from an ECG’s own, too', () => {
    const right = lossOf(ecg, text, targetsOf(text, Int32Array.of(1, 2, 3, 1), 0, 2));
    const astray = lossOf(unitRows([[0, 0, 1], [0, 1, 0]]), text, targetsOf(text, Int32Array.of(1, 2, 3, 1), 0, 2));
    expect(astray).toBeGreaterThan(right + 2);
  });
});

describe('what teachers call right', () => {
  it('is a share for every text of an ECG, and for every ECG of an own text', () => {
    const { toText, toEcg } = taughtTargets(tf.tensor2d([[0, Math.log(3), 0], [0, 0, Math.log(2)]]));
    const expected = { toText: [[0.2, 0.6, 0.2], [0.25, 0.25, 0.5]], toEcg: [[0.5, 0.5], [0.75, 0.25]] };
    for (const [matrix, rows] of [[toText, expected.toText], [toEcg, expected.toEcg]] as const) {
      matrix.arraySync().forEach((row, i) => row.forEach((share, j) => expect(share).toBeCloseTo(rows[i]![j]!, 6)));
    }
  });

  it('costs least where the learner gives the same cosines', () => {
    const text = unitRows([[1, 0, 0], [0, 1, 0], [1, 1, 0]]);
    const teacher = unitRows([[1, 0.5, 0], [0.2, 1, 0]]);
    const taught = taughtTargets(tf.matMul(teacher, text, false, true).mul(10));
    const of = (ecg: Tensor2D): number => contrastiveLoss(ecg, text, scale, taught).dataSync()[0]!;
    expect(of(teacher)).toBeLessThan(of(unitRows([[1, 0, 0], [0, 1, 0]])));
    expect(of(teacher)).toBeLessThan(of(unitRows([[1, 0.8, 0], [0.2, 1, 0]])));
  });
});

describe('the loss of statements', () => {
  const statements = unitRows([[1, 0], [0, 1]]);
  const priors = tf.tensor1d([0, -3]);
  const made = tf.tensor2d([[1, 0]]);
  const of = (row: number[]): number => statementLoss(unitRows([row]), statements, scale, made, priors).dataSync()[0]!;

  it('is lowest near what the report says and away from what it does not', () => {
    expect(of([1, -0.2])).toBeLessThan(of([1, 1]));
    expect(of([1, 1])).toBeLessThan(of([-1, 1]));
  });

  it('is the entropy of the frequencies where the ECG tells nothing', () => {
    const orthogonal = statementLoss(tf.tensor2d([[0, 0]]), statements, scale, made, priors).dataSync()[0]!;
    expect(orthogonal).toBeCloseTo(Math.log(2) + Math.log(1 + Math.exp(-3)), 5);
  });
});

import { describe, expect, it } from 'vitest';
import { competitors, labelsOfReports, NONE } from '../../../../training/evaluation/competing-labels.ts';
import { standardise } from '../../../../training/evaluation/evaluator.ts';
import { argmax } from '../../../../training/evaluation/single-label-sets.ts';
import { randomOf } from '../../../../training/random.ts';
import { cosines } from '../../../../training/zero-shot-evaluation.ts';
import { normaliseRows } from '../../../../training/vectors.ts';

const DIMENSION = 6;
const LABELS = 3;

/** Records around three centres, all of them shifted along an axis that tells nothing. */
function records(perLabel: readonly number[], seed: number): { ecg: Float32Array; labelOf: Int32Array } {
  const random = randomOf(seed);
  const labelOf = Int32Array.from(perLabel.flatMap((count, label) => new Array<number>(count).fill(label)));
  const ecg = Float32Array.from([...labelOf].flatMap((label) =>
    Array.from({ length: DIMENSION }, (_, i) => 0.5 * random.normal() + (i === label ? 2 : 0) + (i === DIMENSION - 1 ? 3 * random.normal() : 0))));
  return { ecg: normaliseRows(ecg, DIMENSION), labelOf };
}

function recallPerLabel(train: ReturnType<typeof records>, test: ReturnType<typeof records>): number[] {
  const scores = competitors(train.ecg, DIMENSION, train.labelOf, LABELS).map(({ direction, moments }) => standardise(cosines(test.ecg, direction), moments));
  return Array.from({ length: LABELS }, (_, label) => {
    const own = [...test.labelOf.keys()].filter((record) => test.labelOf[record] === label);
    return own.filter((record) => argmax(scores.map((score) => score[record]!)) === label).length / own.length;
  });
}

describe('labels that compete', () => {
  it('are told apart equally well whatever their share of the training records', () => {
    const recalls = recallPerLabel(records([600, 40, 40], 1), records([200, 200, 200], 2));
    for (const recall of recalls) expect(recall).toBeGreaterThan(0.8);
    expect(Math.max(...recalls) - Math.min(...recalls)).toBeLessThan(0.15);
  });

  it('do not look at records that belong to none of them', () => {
    const { ecg, labelOf } = records([50, 50, 50], 3);
    const more = Float32Array.of(...ecg, ...new Float32Array(2 * DIMENSION).fill(0.4));
    const plain = competitors(ecg, DIMENSION, labelOf, LABELS);
    competitors(more, DIMENSION, Int32Array.of(...labelOf, NONE, NONE), LABELS).forEach(({ direction, moments }, label) => {
      expect([...direction]).toEqual([...plain[label]!.direction]);
      expect(moments).toEqual(plain[label]!.moments);
    });
  });

  it('need a training record each', () => {
    const { ecg, labelOf } = records([50, 50, 0], 4);
    expect(() => competitors(ecg, DIMENSION, labelOf, LABELS)).toThrow('label 2');
  });
});

describe('which label a report says', () => {
  const said = [undefined, new Set([1, 2]), new Set([2, 3])];

  it('is the one whose texts hold it; none where there are two or no report', () => {
    expect([...labelsOfReports(said, Int32Array.of(1, 2, 3, -1))]).toEqual([1, NONE, 2, NONE]);
  });

  it('is "none of the others" only where such a label exists', () => {
    expect([...labelsOfReports(said, Int32Array.of(7))]).toEqual([0]);
    expect([...labelsOfReports(said.slice(1), Int32Array.of(7))]).toEqual([NONE]);
  });
});

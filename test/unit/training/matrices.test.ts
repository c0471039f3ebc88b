import { describe, expect, it } from 'vitest';
import { covarianceOf, invert, times } from '../../../training/matrices.ts';
import fc from '../../helpers/properties.ts';

const DIMENSION = 4;
const rows = fc.array(fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: DIMENSION, maxLength: DIMENSION }), { minLength: 2, maxLength: 12 })
  .filter((values) => values.flat().some((value) => Math.abs(value) > 0.1));

describe('small matrices', () => {
  it('an inverse undoes its matrix, for every covariance with a ridge', () => {
    fc.assert(fc.property(rows, fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: DIMENSION, maxLength: DIMENSION }), (values, vector) => {
      const covariance = covarianceOf(Float32Array.from(values.flat()), DIMENSION, new Float32Array(values.length).fill(1 / values.length), 0.5);
      times(invert(covariance), times(covariance, vector)).forEach((value, i) => expect(value).toBeCloseTo(vector[i]!, 5));
    }));
  });

  it('a record of weight zero leaves the covariance alone', () => {
    fc.assert(fc.property(rows, (values) => {
      const weights = new Float32Array(values.length).fill(1 / values.length);
      const plain = covarianceOf(Float32Array.from(values.flat()), DIMENSION, weights, 1);
      const more = covarianceOf(Float32Array.from([...values.flat(), 9, 9, 9, 9]), DIMENSION, Float32Array.of(...weights, 0), 1);
      expect(more).toEqual(plain);
    }));
  });
});

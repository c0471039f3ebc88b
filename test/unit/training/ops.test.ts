import { describe, expect, it } from 'vitest';
import { batchNorm, conv1dSame, groupNorm, kernelGradientOfTensorFlow, kernelGradientUnfolded, relu, scaleAndShift } from '../../../training/ops.ts';
import { tf, type Tensor, type Tensor3D } from '../../../training/tf.ts';

const GROUP = 4;
const x = tf.randomNormal<Tensor3D['rankType']>([3, 20, 8], 1, 2, 'float32', 1) as Tensor3D;
const gain = tf.randomNormal([8], 1, 0.3, 'float32', 2);
const offset = tf.randomNormal([8], 0, 0.3, 'float32', 3);
const weight = tf.randomNormal([3, 20, 8], 0, 1, 'float32', 4);

/** GroupNorm by the book, with tfjs's own gradients. */
function plainGroupNorm(input: Tensor, scale: Tensor, shift: Tensor): Tensor {
  const grouped = input.reshape([3, 20, 2, GROUP]);
  const { mean, variance } = tf.moments(grouped, [1, 3], true);
  return grouped.sub(mean).div(variance.add(1e-5).sqrt()).reshape([3, 20, 8]).mul(scale).add(shift);
}

const largestDifference = (a: Tensor, b: Tensor): number => a.sub(b).abs().max().dataSync()[0]!;

describe('groupNorm', () => {
  it('computes what the definition says', () => {
    expect(largestDifference(groupNorm(x, gain, offset, GROUP), plainGroupNorm(x, gain, offset))).toBeLessThan(1e-5);
  });

  it('has the gradients of the definition', () => {
    const ours = tf.grads((a, b, c) => groupNorm(a as Tensor3D, b!, c!, GROUP).mul(weight).sum())([x, gain, offset]);
    const plain = tf.grads((a, b, c) => plainGroupNorm(a!, b!, c!).mul(weight).sum())([x, gain, offset]);
    ours.forEach((gradient, index) => expect(largestDifference(gradient, plain[index]!)).toBeLessThan(1e-4));
  });
});

describe('batchNorm', () => {
  const plainBatchNorm = (input: Tensor, scale: Tensor, shift: Tensor): Tensor => {
    const { mean, variance } = tf.moments(input, [0, 1], true);
    return input.sub(mean).div(variance.add(1e-5).sqrt()).mul(scale).add(shift);
  };

  it('computes what the definition says, and tells the batch’s moments', () => {
    let told: number[][] = [];
    const ours = batchNorm(x, gain, offset, (...moments) => (told = moments.map((tensor) => [...tensor.dataSync()])));
    expect(largestDifference(ours, plainBatchNorm(x, gain, offset))).toBeLessThan(1e-5);
    const { mean, variance } = tf.moments(x, [0, 1]);
    [mean, variance].forEach((tensor, i) => tensor.dataSync().forEach((value, channel) => expect(told[i]![channel]).toBeCloseTo(value, 4)));
    expect(largestDifference(scaleAndShift(x, mean, variance, gain, offset), ours)).toBeLessThan(1e-5);
  });

  it('has the gradients of the definition', () => {
    const ours = tf.grads((a, b, c) => batchNorm(a as Tensor3D, b!, c!, () => {}).mul(weight).sum())([x, gain, offset]);
    const plain = tf.grads((a, b, c) => plainBatchNorm(a!, b!, c!).mul(weight).sum())([x, gain, offset]);
    ours.forEach((gradient, index) => expect(largestDifference(gradient, plain[index]!)).toBeLessThan(1e-4));
  });
});

describe('relu', () => {
  it('passes gradients where its input is positive and nowhere else', () => {
    const input = tf.tensor3d([-1, 0, 2], [1, 3, 1]);
    expect([...relu(input).dataSync()]).toEqual([0, 0, 2]);
    expect([...tf.grad((a) => relu(a as Tensor3D).sum())(input).dataSync()]).toEqual([0, 0, 1]);
  });
});

describe('conv1dSame', () => {
  it.each([[5, 1, 20], [5, 2, 20], [3, 2, 21], [1, 2, 21], [11, 2, 40]])('is TensorFlow’s convolution, with its gradients: kernel %i, stride %i, length %i', (size, stride, length) => {
    const input = tf.randomNormal([3, length, 8], 0, 1, 'float32', 7) as Tensor3D;
    const kernel = tf.randomNormal([size, 8, 6], 0, 1, 'float32', 5) as Tensor3D;
    const plain = (a: Tensor, b: Tensor): Tensor => tf.conv1d(a as Tensor3D, b as Tensor3D, stride, 'same');
    const out = tf.randomNormal(plain(input, kernel).shape, 0, 1, 'float32', 6);
    expect(largestDifference(conv1dSame(input, kernel, stride), plain(input, kernel))).toBe(0);
    const ours = tf.grads((a, b) => conv1dSame(a as Tensor3D, b as Tensor3D, stride).mul(out).sum())([input, kernel]);
    const theirs = tf.grads((a, b) => plain(a!, b!).mul(out).sum())([input, kernel]);
    ours.forEach((gradient, index) => expect(largestDifference(gradient, theirs[index]!)).toBeLessThan(1e-3));
  });

  it('has the same gradient for its kernel where the records are unfolded, as on WebGPU', () => {
    for (const [size, stride, length] of [[5, 1, 20], [5, 2, 20], [3, 2, 21], [1, 2, 21], [11, 2, 40]] as const) {
      const input = tf.randomNormal([3, length, 8], 0, 1, 'float32', 7) as Tensor3D;
      const dy = tf.randomNormal([3, Math.ceil(length / stride), 6], 0, 1, 'float32', 6) as Tensor3D;
      const [ours, theirs] = [kernelGradientUnfolded, kernelGradientOfTensorFlow].map((gradient) => gradient(input, dy, [size, 8, 6], stride));
      expect(largestDifference(ours!, theirs!)).toBeLessThan(1e-3);
    }
  });
});

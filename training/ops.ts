/**
 * GroupNorm, BatchNorm, ReLU and convolution with gradients of their own. tfjs's automatic ones run about three times as many passes over
 * the big tensors (tiled means, a `step` of several kernels), and in a net this small those passes are most of a training step.
 */
import { NORM_EPSILON, samePadding } from './architecture.ts';
import { tf, type Tensor, type Tensor2D, type Tensor3D } from './tf.ts';

/** max(x, 0). */
export const relu: (x: Tensor3D) => Tensor3D = (x) => reluWithGradient(x) as Tensor3D;

const reluWithGradient = tf.customGrad((x, save) => {
  const y = tf.relu(x as Tensor);
  (save as (saved: Tensor[]) => void)([y]);
  // Where y is positive its sign is 1, elsewhere 0: the derivative.
  return { value: y, gradFunc: (dy: Tensor, saved: Tensor[]) => dy.mul(saved[0]!.sign()) };
});

/**
 * Normalises each record over time and over groups of channels, then scales and shifts each channel.
 * @param x [n, length, channels]
 * @param gain [channels]
 * @param offset [channels]
 */
export function groupNorm(x: Tensor3D, gain: Tensor, offset: Tensor, groupSize: number): Tensor3D {
  const [, length, channels] = x.shape;
  const groups = Math.max(1, Math.floor(channels / groupSize));
  // [n, channels]: each channel's value replaced by its group's mean.
  const ofGroups = (perChannel: Tensor): Tensor2D => tf.matMul(perChannel as Tensor2D, groupAverage(channels, groups));
  const overTime = (perChannel: Tensor): Tensor => perChannel.expandDims(1);

  const normalise = tf.customGrad((input, scale, shift, save) => {
    const signal = input as Tensor;
    const mean = ofGroups(signal.mean(1));
    const variance = ofGroups(signal.square().mean(1)).sub(mean.square());
    const inverse = variance.relu().add(NORM_EPSILON).rsqrt();
    const slope = inverse.mul(scale as Tensor);
    const value = signal.mul(overTime(slope)).add(overTime(tf.sub(shift as Tensor, mean.mul(slope))));
    (save as (saved: Tensor[]) => void)([signal, mean, inverse, scale as Tensor]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const [signal, mean, inverse, scale] = saved as [Tensor, Tensor, Tensor, Tensor];
      const sum = dy.sum(1);
      const against = dy.mul(signal).sum(1).sub(mean.mul(sum)).mul(inverse); // sum over time of dy times the normalised signal
      // Means over a group of dy * gain, and of dy * gain * normalised signal.
      const constant = ofGroups(sum.mul(scale)).div(length);
      const linear = ofGroups(against.mul(scale)).div(length).mul(inverse).mul(inverse);
      const dx = dy.mul(overTime(inverse.mul(scale)))
        .sub(signal.mul(overTime(linear)))
        .add(overTime(mean.mul(linear).sub(constant.mul(inverse))));
      return [dx, against.sum(0), sum.sum(0)];
    };
    return { value, gradFunc };
  });
  return normalise(x, gain, offset) as Tensor3D;
}

const groupAverages = new Map<string, Tensor2D>();

/** [channels, channels]: what a row of channels is multiplied with to become its groups' means; one small product instead of three passes. */
function groupAverage(channels: number, groups: number): Tensor2D {
  const key = `${channels}/${groups}`;
  const size = channels / groups;
  const known = groupAverages.get(key);
  if (known) return known;
  const values = Float32Array.from({ length: channels * channels }, (_, i) => (Math.floor(Math.floor(i / channels) / size) === Math.floor((i % channels) / size) ? 1 / size : 0));
  const made = tf.keep(tf.tensor2d(values, [channels, channels]));
  groupAverages.set(key, made);
  return made;
}

/**
 * Normalises each channel over the batch and over time, then scales and shifts it.
 * @param x [n, length, channels]
 * @param gain [channels]
 * @param offset [channels]
 * @param onMoments is given the batch's mean and variance, [channels] each, while they live
 */
export function batchNorm(x: Tensor3D, gain: Tensor, offset: Tensor, onMoments: (mean: Tensor, variance: Tensor) => void): Tensor3D {
  const count = x.shape[0] * x.shape[1];
  const overBatch = (values: Tensor): Tensor => values.sum([0, 1]);

  const normalise = tf.customGrad((input, scale, shift, save) => {
    const signal = input as Tensor;
    const mean = overBatch(signal).div(count);
    const variance = overBatch(signal.square()).div(count).sub(mean.square()).relu();
    onMoments(mean, variance);
    const inverse = variance.add(NORM_EPSILON).rsqrt();
    const slope = inverse.mul(scale as Tensor);
    (save as (saved: Tensor[]) => void)([signal, mean, inverse, slope]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const [signal, mean, inverse, slope] = saved as [Tensor, Tensor, Tensor, Tensor];
      const sum = overBatch(dy);
      const against = overBatch(dy.mul(signal)).sub(mean.mul(sum)).mul(inverse); // of dy times the normalised signal
      const linear = slope.mul(inverse).mul(against).div(count);
      const dx = dy.mul(slope).sub(signal.mul(linear)).add(mean.mul(linear).sub(slope.mul(sum).div(count)));
      return [dx, against, sum];
    };
    return { value: signal.mul(slope).add(tf.sub(shift as Tensor, mean.mul(slope))), gradFunc };
  });
  return normalise(x, gain, offset) as Tensor3D;
}

/** BatchNorm after training: with averages of many batches, the same for every record. All but x [channels]. */
export function scaleAndShift(x: Tensor3D, mean: Tensor, variance: Tensor, gain: Tensor, offset: Tensor): Tensor3D {
  const slope = gain.div(variance.add(NORM_EPSILON).sqrt());
  return x.mul(slope).add<Tensor3D>(offset.sub(mean.mul(slope)));
}

/**
 * Convolution over time, `same` padding, odd kernel.
 * @param x [n, length, in]
 * @param kernel [size, in, out]
 */
export function conv1dSame(x: Tensor3D, kernel: Tensor3D, stride: number): Tensor3D {
  const convolve = tf.customGrad((input, weights, save) => {
    (save as (saved: Tensor[]) => void)([input as Tensor, weights as Tensor]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const [input, weights] = saved as [Tensor3D, Tensor3D];
      return [inputGradient(input.shape, dy as Tensor3D, weights, stride), kernelGradient(input, dy as Tensor3D, weights.shape, stride)];
    };
    return { value: tf.conv1d(input as Tensor3D, weights as Tensor3D, stride, 'same'), gradFunc };
  });
  return convolve(x, kernel) as Tensor3D;
}

/**
 * At stride 1 again such a convolution, with the kernel turned round and its channels swapped; TensorFlow's own (Conv2DBackpropInput) takes two and a
 * half times as long as the forward pass at 256 channels.
 */
function inputGradient(inputShape: Tensor3D['shape'], dy: Tensor3D, kernel: Tensor3D, stride: number): Tensor3D {
  if (stride === 1) return tf.conv1d(dy, kernel.reverse(0).transpose<Tensor3D>([0, 2, 1]), 1, 'same');
  const [n, length, channels] = inputShape;
  return tf.engine().runKernel<Tensor>('Conv2DBackpropInput', { dy: dy.expandDims(1), filter: kernel.expandDims(0) }, {
    strides: [1, stride], pad: 'same', dataFormat: 'NHWC', dimRoundingMode: undefined, inputShape: [n, 1, length, channels] } as never).reshape<Tensor3D>(inputShape);
}

/** WebGPU's own kernel has one thread sum over the whole batch for each weight. */
function kernelGradient(...args: Parameters<typeof kernelGradientUnfolded>): Tensor3D {
  return tf.getBackend() === 'webgpu' ? kernelGradientUnfolded(...args) : kernelGradientOfTensorFlow(...args);
}

export const kernelGradientOfTensorFlow = (x: Tensor3D, dy: Tensor3D, kernelShape: Tensor3D['shape'], stride: number): Tensor3D =>
  tf.engine().runKernel<Tensor>('Conv2DBackpropFilter', { x: x.expandDims(1), dy: dy.expandDims(1) }, {
    strides: [1, stride], pad: 'same', dataFormat: 'NHWC', dimRoundingMode: undefined, filterShape: [1, ...kernelShape] } as never).reshape<Tensor3D>(kernelShape);

/** What each tap of the kernel sees, side by side, and one matrix product over batch and time. */
export function kernelGradientUnfolded(x: Tensor3D, dy: Tensor3D, kernelShape: Tensor3D['shape'], stride: number): Tensor3D {
  const [size, from, to] = kernelShape;
  const [n, length] = x.shape;
  const { out, before, after } = samePadding(length, size, stride);
  const reach = (out - 1) * stride + 1;
  const padded = tf.pad3d(x, [[0, 0], [before, after], [0, 0]]);
  const taps = Array.from({ length: size }, (_, tap) => (stride === 1
    ? padded.slice<Tensor3D>([0, tap, 0], [n, out, from])
    : tf.stridedSlice(padded, [0, tap, 0], [n, tap + reach, from], [1, stride, 1]) as Tensor3D));
  const unfolded = (size === 1 ? taps[0]! : tf.concat3d(taps, 2)).reshape<Tensor2D>([n * out, size * from]);
  return tf.matMul(unfolded, dy.reshape<Tensor2D>([n * out, to]), true).reshape<Tensor3D>(kernelShape);
}

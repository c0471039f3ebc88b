/**
 * GroupNorm, BatchNorm, ReLU and convolution with gradients of their own. tfjs's automatic ones run about three times as many passes over
 * the big tensors (tiled means, a `step` of several kernels), and in a net this small those passes are most of a training step.
 */
import { NORM_EPSILON } from './architecture.ts';
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
  const [n, length, channels] = x.shape;
  const groups = Math.max(1, Math.floor(channels / groupSize));
  // [n, channels]: each channel's value replaced by its group's mean.
  const ofGroups = (perChannel: Tensor): Tensor2D =>
    perChannel.reshape([n, groups, channels / groups]).mean(2, true).tile([1, 1, channels / groups]).reshape<Tensor2D>([n, channels]);
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
 * Convolution over time, stride 1, `same` padding, odd kernel. The gradient for the input is again such a convolution, with the
 * kernel turned round and its channels swapped; TensorFlow's own (Conv2DBackpropInput) takes two and a half times as long as
 * the forward pass at 256 channels.
 * @param x [n, length, in]
 * @param kernel [size, in, out]
 */
export const conv1dSame: (x: Tensor3D, kernel: Tensor3D) => Tensor3D = (x, kernel) => convolveWithGradient(x, kernel) as Tensor3D;

const convolveWithGradient = tf.customGrad((x, kernel, save) => {
  const [input, weights] = [x as Tensor3D, kernel as Tensor3D];
  (save as (saved: Tensor[]) => void)([input, weights]);
  const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
    const [input, weights] = saved as [Tensor3D, Tensor3D];
    const turned = weights.reverse(0).transpose<Tensor3D>([0, 2, 1]);
    const filter = tf.engine().runKernel<Tensor>('Conv2DBackpropFilter', { x: input.expandDims(1), dy: dy.expandDims(1) }, {
      strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dimRoundingMode: undefined, filterShape: [1, ...weights.shape] } as never);
    return [tf.conv1d(dy as Tensor3D, turned, 1, 'same'), filter.reshape(weights.shape)];
  };
  return { value: tf.conv1d(input, weights, 1, 'same'), gradFunc };
});

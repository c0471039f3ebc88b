/**
 * GroupNorm and ReLU with gradients of their own. tfjs's automatic ones run about three times as many passes over the big
 * tensors (tiled means, a `step` of several kernels), and in a net this small those passes are most of a training step.
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

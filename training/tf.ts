/**
 * The only file that imports TensorFlow: tfjs-node-gpu where a CUDA device is found and it loads, tfjs-node otherwise.
 * Importing this file loads the native library (a second or so); commands call `ensureTensorFlow` first.
 */
import { createRequire } from 'node:module';
import type * as TensorFlow from '@tensorflow/tfjs-node';
import { EcgError } from '../ecg/errors.ts';
import { packageOf, SETUP_COMMAND, tensorFlowVariants, type TensorFlowVariant } from './setup-tensorflow.ts';

export type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D, Variable } from '@tensorflow/tfjs-node';

function load(): { tf: typeof TensorFlow; variant: TensorFlowVariant } {
  // Its start-up notes about instruction sets belong in nobody's training log.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  const require = createRequire(import.meta.url);
  let cause: unknown;
  for (const variant of tensorFlowVariants()) {
    try {
      return { tf: require(packageOf(variant)) as typeof TensorFlow, variant };
    } catch (error) {
      cause = error;
    }
  }
  throw new EcgError('TENSORFLOW_MISSING', `TensorFlow cannot be loaded; \`${SETUP_COMMAND}\` builds its binding`, {
    expected: tensorFlowVariants().map(packageOf).join(' or '), received: (cause as Error).message.split('\n')[0]!, cause });
}

const loaded = load();
export const tf = loaded.tf;
/** Which build runs. */
export const tensorFlowVariant = loaded.variant;

/**
 * The only file that imports TensorFlow.js: tfjs-node-gpu where a CUDA device is found and it loads, tfjs-node otherwise, or any GPU by WebGPU where
 * that was asked for. Importing this file loads the native library (a second or so); commands call `ensureTensorFlow` first.
 */
import { createRequire } from 'node:module';
import type * as TensorFlow from '@tensorflow/tfjs-node';
import type { Tensor } from '@tensorflow/tfjs-node';
import { EcgError } from '../ecg/errors.ts';
import { packageOf, SETUP_COMMAND, tensorFlowVariants, type TensorFlowVariant } from './setup-tensorflow.ts';
import { exposeWebGpu } from './webgpu.ts';

export type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D, Variable } from '@tensorflow/tfjs-node';

async function load(): Promise<{ tf: typeof TensorFlow; variant: TensorFlowVariant }> {
  // Its start-up notes about instruction sets belong in nobody's training log.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  const require = createRequire(import.meta.url);
  let cause: unknown;
  for (const variant of tensorFlowVariants()) {
    try {
      const tf = require(packageOf(variant)) as typeof TensorFlow;
      if (variant === 'webgpu') await useWebGpu(tf, require);
      return { tf, variant };
    } catch (error) {
      cause = error;
    }
  }
  throw new EcgError('TENSORFLOW_MISSING', `TensorFlow cannot be loaded; \`${SETUP_COMMAND}\` builds its binding`, {
    expected: tensorFlowVariants().map(packageOf).join(' or '), received: (cause as Error).message.split('\n')[0]!, cause });
}

async function useWebGpu(tf: typeof TensorFlow, require: NodeJS.Require): Promise<void> {
  await exposeWebGpu();
  require('@tensorflow/tfjs-backend-webgpu');
  if (!(await tf.setBackend('webgpu'))) {
    throw new EcgError('TENSORFLOW_MISSING', 'WebGPU finds no device', { expected: 'a Vulkan, Metal or D3D12 driver', received: 'none' });
  }
  await tf.ready();
  // Dawn's threads outlive Node's and crash the process at its end (a failed exit status, however well it went) unless the device is gone by then.
  const { device } = tf.backend() as unknown as { device: { destroy(): void } };
  process.once('exit', () => device.destroy());
}

const loaded = await load();
export const tf = loaded.tf;
/** Which build runs. */
export const tensorFlowVariant = loaded.variant;

/** A GPU hands its results over only asynchronously. */
export async function readAndDispose(tensor: Tensor): Promise<Float32Array> {
  const values = await tensor.data();
  tensor.dispose();
  return values as Float32Array;
}

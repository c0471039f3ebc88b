/** Finds out which build of TensorFlow this machine wants, and builds its binding where that is missing. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type TensorFlowVariant = 'gpu' | 'cpu';

export const SETUP_COMMAND = 'bash scripts/setup-tensorflow.sh';
const SCRIPT = fileURLToPath(new URL('../scripts/setup-tensorflow.sh', import.meta.url));
/** Present where an NVIDIA driver runs, in and out of containers. */
const CUDA_DEVICE = '/dev/nvidia0';

export const packageOf = (variant: TensorFlowVariant): string => (variant === 'gpu' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node');

/** In the order in which they are to be tried. `LEADWATCH_TENSORFLOW=cpu` leaves the GPU alone. */
export function tensorFlowVariants(environment: NodeJS.ProcessEnv = process.env): TensorFlowVariant[] {
  const gpu = environment['LEADWATCH_TENSORFLOW'] !== 'cpu' && existsSync(CUDA_DEVICE);
  return gpu ? ['gpu', 'cpu'] : ['cpu'];
}

/** Builds the binding of the first variant that can be built; loading it (tf.ts) says what is wrong where none can. */
export function ensureTensorFlow(): void {
  for (const variant of tensorFlowVariants()) {
    if (hasBinding(variant)) return;
    try {
      execFileSync('bash', [SCRIPT, variant], { stdio: ['ignore', 'inherit', 'inherit'] });
      return;
    } catch {
      // The script has said why; the next variant may do.
    }
  }
}

function hasBinding(variant: TensorFlowVariant): boolean {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${packageOf(variant)}/package.json`);
    return existsSync(join(dirname(manifest), 'lib', 'napi-v8', 'tfjs_binding.node'));
  } catch {
    return false;
  }
}

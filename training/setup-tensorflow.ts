/** Finds out which build of TensorFlow this machine wants, and builds its binding where that is missing. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `gpu` is CUDA, `webgpu` a GPU of any make. */
export type TensorFlowVariant = 'gpu' | 'webgpu' | 'cpu';

export const SETUP_COMMAND = 'bash scripts/setup-tensorflow.sh';
const SCRIPT = fileURLToPath(new URL('../scripts/setup-tensorflow.sh', import.meta.url));
/** Present where an NVIDIA driver runs, in and out of containers. */
const CUDA_DEVICE = '/dev/nvidia0';

const PACKAGES: Readonly<Record<TensorFlowVariant, string>> = { gpu: '@tensorflow/tfjs-node-gpu', cpu: '@tensorflow/tfjs-node', webgpu: '@tensorflow/tfjs' };
export const packageOf = (variant: TensorFlowVariant): string => PACKAGES[variant];

/** In the order in which they are to be tried. `LEADWATCH_TENSORFLOW=cpu` leaves the GPU alone, `webgpu` uses any and needs no CUDA. */
export function tensorFlowVariants(environment: NodeJS.ProcessEnv = process.env): TensorFlowVariant[] {
  const asked = environment['LEADWATCH_TENSORFLOW'];
  if (asked === 'webgpu') return ['webgpu'];
  return asked !== 'cpu' && existsSync(CUDA_DEVICE) ? ['gpu', 'cpu'] : ['cpu'];
}

/** Builds the binding of the first variant that can be built; loading it (tf.ts) says what is wrong where none can. */
export function ensureTensorFlow(): void {
  for (const variant of tensorFlowVariants()) {
    if (variant === 'webgpu' || hasBinding(variant)) return;
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

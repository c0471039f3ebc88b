import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const RUN = fileURLToPath(new URL('../../helpers/tiny-training-run.ts', import.meta.url));
/** Chromium brings a Vulkan loader and SwiftShader, a Vulkan device made of the processor: slow, and a WebGPU device like any other. */
const CHROMIUM = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
const DRIVER = 'vk_swiftshader_icd.json';

interface Run {
  readonly variant: string;
  readonly losses: number[];
}

async function run(environment: Record<string, string>): Promise<Run> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', RUN], { env: { ...process.env, ...environment } });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Run;
}

describe('training on WebGPU', () => {
  it('takes the same steps as on the CPU', async () => {
    const vulkan = CHROMIUM.find((directory) => existsSync(join(directory, DRIVER)));
    if (vulkan === undefined) throw new Error(`no ${DRIVER} was found in ${CHROMIUM.join(', ')}; install it with: apt-get install -y chromium`);
    const [gpu, cpu] = await Promise.all([
      run({ LEADWATCH_TENSORFLOW: 'webgpu', VK_DRIVER_FILES: join(vulkan, DRIVER), LD_LIBRARY_PATH: vulkan }),
      run({ LEADWATCH_TENSORFLOW: 'cpu' }),
    ]);
    expect([gpu.variant, cpu.variant]).toEqual(['webgpu', 'cpu']);
    gpu.losses.forEach((loss, step) => expect(loss).toBeCloseTo(cpu.losses[step]!, 3));
  }, 120_000);
});

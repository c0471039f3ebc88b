/** `leadwatch bench serving-gpu`: inference on this machine's GPU, batches of 1 to 1024, beside PyTorch on CUDA. Refuses without one. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { EcgError } from '../../ecg/errors.ts';
import type { EcgEncoder } from '../../models/encoder.ts';
import { loadManifest, type LoadedManifest } from '../../models/manifest.ts';
import { createOnnxEncoder } from '../../models/onnx-encoder.ts';
import { openPythonPeer, type PythonPeer } from './python-peer.ts';
import { markdownTable, median, rounded, writeResults, type Figures } from './report.ts';

const SHIPPED_MODEL = fileURLToPath(new URL('../../models/shipped/manifest.json', import.meta.url));
const BATCHES = [1, 4, 16, 32, 64, 128, 256, 512, 1024] as const;
/** Batches under way: one running, one lying ready. */
const OUTSTANDING = 2;

/** What is compared, for whoever reads the table. */
const HOW = 'Ours is the served path: segments reach the encoder process through shared memory (48 kB each) and go to the card with every batch. '
  + 'PyTorch runs eagerly on batches that already lie on the card. The largest batch that serving makes is 32.';

interface Options {
  readonly model: string;
  readonly provider: 'cuda' | 'webgpu';
  readonly rounds: string;
  readonly seconds: string;
  readonly python: boolean;
}

export async function main(args: string[]): Promise<void> {
  const command = new Command()
    .name('leadwatch bench serving-gpu')
    .description('Segments a second on this machine\'s GPU, batches of 1 to 1024, beside PyTorch on CUDA.')
    .option('--model <manifest>', 'the model to serve', SHIPPED_MODEL)
    .option('--provider <provider>', 'cuda or webgpu', 'cuda')
    .option('--rounds <n>', 'rounds of each batch size', '5')
    .option('--seconds <s>', 'length of a round', '1')
    .option('--no-python', 'without PyTorch');
  await command.parseAsync(args, { from: 'user' });
  const { model: path, provider, rounds, seconds, python } = command.opts<Options>();
  const model = loadManifest(resolve(path));
  const encoder = await openOnGpu(model, provider);
  let peer: PythonPeer | undefined;
  try {
    peer = python && provider === 'cuda' ? await openPythonPeer(model, 1, 'cuda') : undefined;
    await measure(model, encoder, peer, Number(rounds), Number(seconds));
  } finally {
    peer?.close();
    await encoder.close();
  }
}

/** @throws EcgError ENCODER_UNAVAILABLE where there is no GPU, or the runtime cannot use it */
async function openOnGpu(model: LoadedManifest, provider: Options['provider']): Promise<EcgEncoder> {
  if (provider !== 'cuda' && provider !== 'webgpu') {
    throw new EcgError('CONFIG_INVALID', 'the provider is not one of a GPU', { expected: 'cuda or webgpu', received: String(provider), from: '--provider' });
  }
  try {
    return await createOnnxEncoder(model, { provider, batchSizes: BATCHES });
  } catch (cause) {
    throw new EcgError('ENCODER_UNAVAILABLE', `nothing is measured: this machine gives no GPU to ONNX Runtime's ${provider}`, {
      expected: provider === 'cuda' ? 'an NVIDIA driver and the CUDA provider of onnxruntime-node' : 'a Vulkan, Metal or D3D12 device', received: (cause as Error).message, from: 'bench serving-gpu', cause });
  }
}

async function measure(model: LoadedManifest, encoder: EcgEncoder, peer: PythonPeer | undefined, rounds: number, seconds: number): Promise<void> {
  const served = new Map<number, number[]>(BATCHES.map((batch) => [batch, []]));
  const torch = new Map<number, number[]>(BATCHES.map((batch) => [batch, []]));
  for (let round = 0; round < rounds; round++) {
    for (const batch of BATCHES) {
      served.get(batch)!.push(await throughput(encoder, batch, seconds));
      if (peer) torch.get(batch)!.push(await peer.throughput('pytorch', batch, seconds));
    }
    console.error(`round ${round + 1} of ${rounds}`);
  }
  const rows = BATCHES.map((batch) => {
    const [ours, theirs] = [median(served.get(batch)!), peer && median(torch.get(batch)!)];
    return [`${batch}`, ours.toFixed(0), theirs?.toFixed(0) ?? '', theirs ? (ours / theirs).toFixed(2) : ''];
  });
  const gpu = nameOfGpu();
  const table = `${model.id} on ${encoder.executionProvider}${gpu ? ` (${gpu})` : ''}${peer ? `, beside ${peer.versions}` : ''}, medians of ${rounds} rounds\n\n${markdownTable(['batch', 'segments/s', 'PyTorch CUDA', 'ratio'], rows)}\n\n${HOW}`;
  console.log(table);
  const perBatch = (of: ReadonlyMap<number, readonly number[]>): Figures => Object.fromEntries(BATCHES.map((batch) => [`batch${batch}`, rounded(median(of.get(batch)!))]));
  const path = writeResults('serving-gpu', {
    model: model.id, executionProvider: encoder.executionProvider, ...(gpu && { gpu }), rounds, servedPerSecond: perBatch(served), ...(peer && { pytorchCudaPerSecond: perBatch(torch) }),
  }, `# Serving on a GPU\n\n\`npm run bench -- serving-gpu\`. ${table}\n`);
  console.log(`\nWritten to ${path}.`);
}

/** As NVIDIA's driver names it; other makes stay unnamed. */
function nameOfGpu(): string | undefined {
  const { stdout, status } = spawnSync('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split('\n')[0] : undefined;
}

/** Through the encoder process, as it is served: shared memory, copies and answers included. */
async function throughput(encoder: EcgEncoder, size: number, seconds: number): Promise<number> {
  const { leads, length } = encoder.manifest;
  const batch = { size, ecg: Float32Array.from({ length: size * leads.length * length }, (_, i) => Math.sin(i / 7)), presence: new Float32Array(size * leads.length).fill(1) };
  await encoder.embed(batch);
  const start = performance.now();
  let segments = 0;
  const ask = async (): Promise<void> => {
    while (performance.now() - start < seconds * 1000) {
      await encoder.embed(batch);
      segments += size;
    }
  };
  await Promise.all(Array.from({ length: OUTSTANDING }, ask));
  return (segments * 1000) / (performance.now() - start);
}

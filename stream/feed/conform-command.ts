/**
 * `leadwatch conform http://host:8080 --bed bed-9` asks a live server whether it keeps to docs/feeds.md;
 * `leadwatch conform --device` waits for a device and judges it.
 */
import { Command, InvalidArgumentError } from 'commander';
import { EcgError } from '../../ecg/errors.ts';
import { startJudge, type Judgement } from './conform-judge.ts';
import { CHECKS, type ConformTarget } from './conformance.ts';
import { parseBed, tokenOption } from './feed-command-options.ts';

export interface Conformance {
  readonly passed: number;
  readonly failed: number;
}

interface ConformCommandOptions {
  bed: string;
  token: string;
  device: boolean;
  host: string;
  port: number;
  seconds: number;
}

/** Sets the exit status to 1 where a check fails. @throws EcgError */
export async function main(args: string[]): Promise<void> {
  const program = new Command()
    .name('leadwatch conform')
    .description('Check a running server against the feed contract, or judge a device that connects.')
    .argument('[url]', 'address of the server: http://127.0.0.1:8080')
    .option('--bed <bed>', 'a bed that is free; the check feeds it', parseBed, 'conformance')
    .addOption(tokenOption())
    .option('--device', 'listen for a device instead (socket.io or WebSocket), and judge it', false)
    .option('--host <host>', 'with --device: where to listen', '127.0.0.1')
    .option('--port <port>', 'with --device: where to listen', whole, 9090)
    .option('--seconds <n>', 'with --device: how long it is watched undisturbed', whole, 10)
    .parse(args, { from: 'user' });
  const { bed, token, device, host, port, seconds } = program.opts<ConformCommandOptions>();
  const [url] = program.args;
  const print = (line: string): void => console.log(line);
  if (!device && url === undefined) throw new EcgError('COMMAND_INVALID', 'nothing to check', { expected: 'the address of a server, or --device' });
  const { failed } = device ? await judgeDevice(host, port, seconds, print) : await conform({ url: url!, bed, token }, print);
  if (failed > 0) process.exitCode = 1;
}

/** Runs every check, one after another, whatever the others did. @param print takes the lines of the table */
export async function conform(target: ConformTarget, print: (line: string) => void): Promise<Conformance> {
  const judgements: Judgement[] = [];
  for (const { name, run } of CHECKS) {
    judgements.push({ name, wrong: await run(target).catch((error: unknown) => (error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : String(error))) });
  }
  return tell(judgements, print);
}

async function judgeDevice(host: string, port: number, seconds: number, print: (line: string) => void): Promise<Conformance> {
  const judge = await startJudge({ host, port, seconds });
  print(`Waiting for a device at ${judge.url} (socket.io /feeds, or WebSocket /feeds/ws)...`);
  try {
    return tell(await judge.judge(), print);
  } finally {
    await judge.close();
  }
}

function tell(judgements: readonly Judgement[], print: (line: string) => void): Conformance {
  const width = Math.max(...judgements.map(({ name }) => name.length));
  for (const { name, wrong } of judgements) print(`${name.padEnd(width)}  ${wrong === undefined ? 'pass' : `FAIL  ${wrong}`}`);
  const failed = judgements.filter(({ wrong }) => wrong !== undefined).length;
  print(`${judgements.length - failed} passed, ${failed} failed`);
  return { passed: judgements.length - failed, failed };
}

function whole(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}

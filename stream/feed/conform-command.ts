/** `leadwatch conform http://host:8080 --bed bed-9`: asks a live server whether it keeps to docs/feeds.md. */
import { Command } from 'commander';
import { parseBed, tokenOption } from './feed-command-options.ts';
import { CHECKS, type ConformTarget } from './conformance.ts';

export interface Conformance {
  readonly passed: number;
  readonly failed: number;
}

/** Sets the exit status to 1 where a check fails. */
export async function main(args: string[]): Promise<void> {
  const program = new Command()
    .name('leadwatch conform')
    .description('Check a running server against the feed contract. Feeds the bed: choose one that nobody is in.')
    .argument('<url>', 'address of the server: http://127.0.0.1:8080')
    .option('--bed <bed>', 'a bed that is free', parseBed, 'conformance')
    .addOption(tokenOption())
    .parse(args, { from: 'user' });
  const { bed, token } = program.opts<{ bed: string; token: string }>();
  const { failed } = await conform({ url: program.args[0]!, bed, token }, (line) => console.log(line));
  if (failed > 0) process.exitCode = 1;
}

/** Runs every check, one after another, whatever the others did. @param print takes the lines of the table */
export async function conform(target: ConformTarget, print: (line: string) => void): Promise<Conformance> {
  const width = Math.max(...CHECKS.map(({ name }) => name.length));
  let failed = 0;
  for (const { name, run } of CHECKS) {
    const wrong = await run(target).catch((error: unknown) => (error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : String(error)));
    if (wrong !== undefined) failed++;
    print(`${name.padEnd(width)}  ${wrong === undefined ? 'pass' : `FAIL  ${wrong}`}`);
  }
  print(`${CHECKS.length - failed} passed, ${failed} failed`);
  return { passed: CHECKS.length - failed, failed };
}

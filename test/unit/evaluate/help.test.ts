import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const RUN = 'scripts/run.mjs';
const outputOf = async (...args: string[]): Promise<string> => (await promisify(execFile)(process.execPath, [RUN, ...args], { timeout: 25_000 })).stdout;
/** The names that stand first in the indented lines. */
const namesIn = (usage: string): string[] => [...usage.matchAll(/^ {2}(\S+) /gm)].map((match) => match[1]!);

describe.each(['evaluate', 'bench'])('%s', (verb) => {
  it('explains itself and names each of its parts, those of the README among them', async () => {
    const parts = namesIn(await outputOf(verb, '--help'));
    const row = readFileSync('README.md', 'utf8').split('\n').find((line) => line.startsWith(`| \`${verb} --`))!;
    const named = [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!.replace(`${verb} -- `, ''));
    expect(named.length).toBeGreaterThan(3);
    expect(parts).toEqual(expect.arrayContaining(named));
  });

  it('has parts that explain themselves and measure nothing when asked to', async () => {
    for (const part of namesIn(await outputOf(verb, '--help'))) expect(await outputOf(verb, part, '--help')).toMatch(new RegExp(`^Usage: leadwatch ${verb} ${part} `));
  }, 120_000);
});

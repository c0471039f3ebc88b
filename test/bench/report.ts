/** What every benchmark writes: a Markdown table for people, docs/results/NAME.json for machines. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Leaves are plain numbers; the interval of a figure stands beside it as `low`, `high`, `n`. */
export interface Figures {
  readonly [name: string]: number | string | Figures;
}

const PROJECT_ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where a figure was taken. */
export function machine(): Figures {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { cwd: PROJECT_ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

/** Figures of the last run that this one does not measure again, such as a soak of half an hour. */
export function figuresKept(name: string, keys: readonly string[]): Figures {
  try {
    const last = JSON.parse(readFileSync(`${PROJECT_ROOT}/docs/results/${name}.json`, 'utf8')) as Figures;
    return Object.fromEntries(keys.flatMap((key) => (last[key] === undefined ? [] : [[key, last[key]]])));
  } catch {
    return {};
  }
}

/** Writes docs/results/NAME.json and, for people, NAME.md. @returns the path of the first within the project */
export function writeResults(name: string, figures: Figures, markdown: string): string {
  const path = `docs/results/${name}.json`;
  mkdirSync(`${PROJECT_ROOT}/docs/results`, { recursive: true });
  const report = { name, date: new Date().toISOString().slice(0, 10), commit: commit(), machine: machine(), ...figures };
  writeFileSync(`${PROJECT_ROOT}/${path}`, `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(`${PROJECT_ROOT}/docs/results/${name}.md`, markdown);
  return path;
}

/**
 * Puts figures into docs/results/NAME.json beside those that are there, and their table into docs/results/TABLE.md.
 * @returns the path of the first within the project
 */
export function mergeResults(name: string, figures: Figures, table: string, markdown: string): string {
  const path = `docs/results/${name}.json`;
  const last = JSON.parse(readFileSync(`${PROJECT_ROOT}/${path}`, 'utf8')) as Figures;
  writeFileSync(`${PROJECT_ROOT}/${path}`, `${JSON.stringify({ ...last, ...figures }, undefined, 2)}\n`);
  writeFileSync(`${PROJECT_ROOT}/docs/results/${table}.md`, markdown);
  return path;
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** @param sorted ascending */
export const quantile = (sorted: ArrayLike<number>, q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;

export const median = (values: readonly number[]): number => quantile([...values].sort((a, b) => a - b), 0.5);

/** For JSON: four significant digits are more than any benchmark here can tell. */
export const rounded = (value: number): number => Number(value.toPrecision(4));

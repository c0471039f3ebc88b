/** What the documents and comments name is there: files, folders and commands. Held by reading every one. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['bin', 'client', 'dashboard', 'docs', 'ecg', 'models', 'scripts', 'stream', 'test', 'training'];
/** Made by the command that stands beside it, or an example. */
const NOT_THERE = /^(?:models\/(?:other|int8)|docs\/results\/[A-Z]+\.|dashboard\/dist)/;

const filesOf = (folder: string): string[] => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
const documents = ['README.md', ...filesOf('docs').filter((name) => name.endsWith('.md'))];
const sources = [...FOLDERS.flatMap(filesOf), ...readdirSync(ROOT)].filter((name) => name.endsWith('.ts') && !name.startsWith('dashboard/dist'));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Each line of the files with every match of a pattern in it that does not hold. */
function strays(paths: readonly string[], pattern: RegExp, holds: (found: string, path: string) => boolean): string[] {
  return paths.flatMap((path) => read(path).split('\n').flatMap((line, i) => (
    [...line.matchAll(pattern)].map(([, found]) => found!).filter((found) => !holds(found, path)).map((found) => `${path}:${i + 1} ${found}`))));
}
const isThere = (path: string): boolean => NOT_THERE.test(path) || existsSync(join(ROOT, path));

it('every link of a document leads somewhere', () => {
  expect(strays(documents, /\]\((?!https?:|#|mailto:)([^)#\s]+)/g, (found, path) => isThere(normalize(join(dirname(path), found))))).toEqual([]);
});

it('every file and folder that a document or a comment names by its path is there', () => {
  const named = new RegExp(`(?<![\\w./@-])((?:${FOLDERS.join('|')})/[\\w./-]*\\w)`, 'g');
  const inCode = strays(documents, /`([^`]+)`/g, (text) => [...text.matchAll(named)].every(([, path]) => isThere(path!)));
  const inComments = strays(sources, /^\s*(?:\/\/|\/?\*+)(.*)$/gm, (text) => (
    [...text.matchAll(named)].filter(([, path]) => /\.\w+$/.test(path!)).every(([, path]) => isThere(path!))));
  expect([...inCode, ...inComments]).toEqual([]);
});

it('every file that a comment names by the end of its path is there', () => {
  const known = [...FOLDERS.flatMap(filesOf), ...readdirSync(ROOT)].map((name) => `/${name}`);
  const named = /(?<![\w./*-])([a-z][\w-]*(?:\/[\w-]+)*\.(?:ts|md))\b/g;
  const inComments = strays(sources, /^\s*(?:\/\/|\/?\*+)(.*)$/gm, (text) => (
    [...text.matchAll(named)].every(([, path]) => NOT_THERE.test(path!) || known.some((name) => name.endsWith(`/${path}`)))));
  expect(inComments).toEqual([]);
});

it('every command that a document shows can be given', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  expect(strays(documents, /npm run ([\w:-]+)/g, (script) => script in scripts)).toEqual([]);
  const parts = { bench: read('test/bench/bench-command.ts'), evaluate: read('test/evaluate/evaluate-command.ts') };
  for (const [verb, table] of Object.entries(parts)) {
    expect(strays(documents, new RegExp(`npm run ${verb} -- ([a-z][\\w-]*)`, 'g'), (part) => new RegExp(`^  '?${part}'?: \\{`, 'm').test(table))).toEqual([]);
  }
  const verbs = read('cli.ts');
  expect(strays(documents, /`(?:npx )?leadwatch ([a-z][\w-]*)/g, (verb) => new RegExp(`^  '?${verb}'?: \\{`, 'm').test(verbs))).toEqual([]);
});

it('every metric that a document names is made', () => {
  const metrics = read('dashboard/server/metrics.ts');
  expect(strays(documents, /`(leadwatch_\w+)/g, (name) => metrics.includes(`'${name}'`))).toEqual([]);
});

/** What the layout promises (docs/architecture.md), held by reading every import. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../ecg/errors.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** Project files it imports, relative to the root; type-only imports included. */
  readonly imports: readonly string[];
  readonly packages: readonly string[];
}

function sources(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('dist'))
    .map((name) => {
      const path = join(folder, name);
      const text = readFileSync(join(ROOT, path), 'utf8');
      const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
      return {
        path,
        text,
        imports: specifiers.filter((name) => name.startsWith('.')).map((name) => relative(ROOT, join(ROOT, dirname(path), name))),
        packages: specifiers.filter((name) => !name.startsWith('.')),
      };
    });
}

/** What the files of a folder may import, as prefixes of paths. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  ecg: ['ecg/'],
  models: ['ecg/', 'models/'],
  stream: ['ecg/', 'models/', 'stream/'],
  'dashboard/client': ['ecg/', 'dashboard/client/', 'dashboard/wire.ts'],
  'dashboard/server': ['ecg/', 'stream/', 'dashboard/server/', 'dashboard/wire.ts', 'dashboard/alert-wire.ts'],
  client: ['ecg/', 'client/', 'dashboard/alert-wire.ts', 'dashboard/wire.ts'],
  training: ['ecg/', 'models/', 'stream/recordings/', 'training/'],
};

describe('imports go one way', () => {
  it.each(Object.entries(MAY_IMPORT))('%s imports only %j', (folder, allowed) => {
    const strays = sources(folder).flatMap(({ path, imports }) =>
      imports.filter((name) => !allowed.some((prefix) => name.startsWith(prefix))).map((name) => `${path} -> ${name}`));
    expect(strays).toEqual([]);
  });

  it('the kernel needs no package and nothing of Node', () => {
    expect(sources('ecg').flatMap(({ path, packages }) => packages.map((name) => `${path} -> ${name}`))).toEqual([]);
  });

  it('TensorFlow is imported in one file', () => {
    const importing = ['ecg', 'models', 'stream', 'dashboard', 'training', 'test'].flatMap(sources)
      .filter(({ packages }) => packages.some((name) => name.startsWith('@tensorflow/')));
    expect(importing.map(({ path }) => path)).toEqual(['training/tf.ts']);
  });
});

describe('errors', () => {
  it('are listed in docs/errors.md, each code and no other', () => {
    const documented = [...readFileSync(join(ROOT, 'docs/errors.md'), 'utf8').matchAll(/^\| `([A-Z0-9_]+)`/gm)].map((match) => match[1]!);
    expect(documented.sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });

  it('are all in use', () => {
    const code = ['ecg', 'models', 'stream', 'dashboard', 'training', 'test/evaluate', 'test/bench'].flatMap(sources)
      .filter(({ path }) => path !== 'ecg/errors.ts').map(({ text }) => text).join('\n') + readFileSync(join(ROOT, 'config.ts'), 'utf8');
    expect(Object.keys(ERROR_CODES).filter((name) => !code.includes(`'${name}'`))).toEqual([]);
  });
});

describe('the tree', () => {
  it('keeps every source file below the size at which one idea becomes two', () => {
    const paths = [
      ...readdirSync(ROOT).filter((name) => name.endsWith('.ts')),
      ...['client', 'ecg', 'models', 'stream', 'dashboard', 'training', 'test/bench', 'test/contract', 'test/evaluate', 'test/helpers'].flatMap(sources).map(({ path }) => path),
    ];
    const long = paths.map((path) => ({ path, lines: readFileSync(join(ROOT, path), 'utf8').split('\n').length })).filter(({ lines }) => lines > 300);
    expect(paths).toContain('serve.ts');
    expect(long).toEqual([]);
  });
});

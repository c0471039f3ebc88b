import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isEcgError } from '../../../ecg/errors.ts';
import { loadTrainConfig } from '../../../training/config.ts';

const directory = mkdtempSync(join(tmpdir(), 'leadwatch-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

const write = (name: string, content: object): string => {
  const path = join(directory, `${name}.json`);
  writeFileSync(path, JSON.stringify(content));
  return path;
};
const codeOf = (path: string): string | undefined => {
  try {
    loadTrainConfig(path);
  } catch (error) {
    return isEcgError(error) ? error.code : 'another error';
  }
  return undefined;
};

describe('a training configuration', () => {
  it('can be loaded, each of those that ship', () => {
    for (const file of readdirSync('training/config')) expect(loadTrainConfig(file.replace(/\.json$/, '')).name).toBe(file.replace(/\.json$/, ''));
  });

  it('extends another by what it says itself, inside its parts as well', () => {
    const quick = loadTrainConfig('quick');
    const config = loadTrainConfig(write('arm', { extends: 'quick', name: 'arm', augmentation: { leadDropout: 0 } }));
    expect(config).toEqual({ ...quick, name: 'arm', augmentation: { ...quick.augmentation, leadDropout: 0 } });
    expect(loadTrainConfig(write('twig', { extends: 'arm.json', name: 'twig' })), 'a path is from the file that names it').toEqual({ ...config, name: 'twig' });
  });

  it('is refused where it extends itself, has an unknown field, or is none', () => {
    const circle = join(directory, 'circle.json');
    write('circle', { extends: circle });
    expect(codeOf(circle)).toBe('CONFIG_INVALID');
    expect(codeOf(write('unknown', { extends: 'quick', dropout: 1 }))).toBe('CONFIG_INVALID');
    expect(codeOf(write('nobody', { extends: 'quick', teachers: { share: 0.5 } }))).toBe('CONFIG_INVALID');
    expect(codeOf(join(directory, 'missing.json'))).toBe('CONFIG_INVALID');
  });
});

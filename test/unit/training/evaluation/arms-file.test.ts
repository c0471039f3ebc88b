import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readArms, writeArm, writeTables } from '../../../../training/evaluation/arms-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'leadwatch-arms-'));
afterAll(() => rmSync(directory, { recursive: true }));

it('keeps the arms when the tables are written anew', () => {
  const path = join(directory, 'mets.json');
  writeTables(path, { model: 'one' });
  writeArm(path, 'baseline', { f1: 0.3 });
  writeArm(path, 'other', { f1: 0.4 });
  writeTables(path, { model: 'two' });
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ model: 'two', arms: { baseline: { f1: 0.3 }, other: { f1: 0.4 } } });
});

it('keeps the time of training, and what was found of the same encoder before', () => {
  const path = join(directory, 'again.json');
  writeFileSync(path, JSON.stringify({ train: { ratioToPyTorch: 1.5 } }));
  writeTables(path, { model: 'one' });
  writeArm(path, 'arm', { encoder: 'abc', choice: 1, mitBih: 2 });
  writeArm(path, 'arm', { encoder: 'abc', choice: 3 });
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ model: 'one', train: { ratioToPyTorch: 1.5 }, arms: { arm: { encoder: 'abc', choice: 3, mitBih: 2 } } });
  writeArm(path, 'arm', { encoder: 'def', choice: 4 });
  expect(readArms(path)).toEqual({ arm: { encoder: 'def', choice: 4 } });
});

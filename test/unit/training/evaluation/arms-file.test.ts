import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeArm, writeTables } from '../../../../training/evaluation/arms-file.ts';

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

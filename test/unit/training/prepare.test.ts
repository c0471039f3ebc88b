import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { prepare } from '../../../training/prepare.ts';

afterEach(() => void vi.unstubAllEnvs());

it('asks for the text encoder that was named, and puts no other one in its place', async ({ onTestFinished }) => {
  const directory = mkdtempSync(join(tmpdir(), 'leadwatch-prepare-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const mistyped = join(directory, 'nowhere');
  vi.stubEnv('LEADWATCH_TEXT_ENCODER', mistyped);
  vi.stubEnv('PATH', directory); // so that a download could not even begin
  await expect(prepare()).rejects.toThrow(expect.objectContaining({ code: 'TEXT_ENCODER_MISSING', message: expect.stringContaining('npm run text-encoder:fetch` installs one') as string, from: mistyped }));
  expect(existsSync(mistyped)).toBe(false);
});

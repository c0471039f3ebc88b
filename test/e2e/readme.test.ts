/** The README's device, as a reader would run it. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, it, vi } from 'vitest';
import { startTestServer } from '../helpers/running-server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

it('connects a bed in the lines the README gives, and its heart rate is 75', async ({ onTestFinished }) => {
  const code = [...readFileSync(`${ROOT}README.md`, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!).find((block) => block.includes('hello'))!;
  expect(code.trim().split('\n').length).toBeLessThan(30);
  const file = `${ROOT}.readme-device-${process.pid}.ts`;
  writeFileSync(file, code);
  onTestFinished(() => rmSync(file));
  const server = await startTestServer();
  onTestFinished(() => server.remove());
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const device = spawn(process.execPath, ['--import', tsx, file], { env: { ...process.env, LEADWATCH_URL: server.url }, stdio: ['ignore', 'ignore', 'inherit'] });
  onTestFinished(() => void device.kill());
  await vi.waitFor(() => {
    const bed = server.ward.bed('bed-9');
    expect(bed?.live).toBe(true);
    expect(bed?.hello.source).toBe('device');
    expect(bed?.heartRateBpm).toBeGreaterThan(73);
    expect(bed?.heartRateBpm).toBeLessThan(77);
  }, { timeout: 25_000, interval: 100 });
}, 40_000);

/** `leadwatch/client` as a program elsewhere has it: packed, without the rest of the repository, in plain Node and in a browser. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { epochMs } from '../../ecg/units.ts';
import { launchBrowser, openPage } from '../helpers/browser.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
let elsewhere: string;
let server: TestServer;

beforeAll(async () => {
  elsewhere = await mkdtemp(join(tmpdir(), 'leadwatch-packed-'));
  await run(process.execPath, [join(ROOT, 'scripts/pack-client.mjs'), elsewhere]);
  const [archive] = (await readdir(elsewhere)).filter((name) => name.endsWith('.tgz'));
  await run('tar', ['-xzf', archive!], { cwd: elsewhere });
  // What npm install would do, without a registry: the package, beside the one package it depends on.
  const modules = join(elsewhere, 'node_modules');
  await mkdir(modules);
  await cp(join(elsewhere, 'package'), join(modules, 'leadwatch'), { recursive: true });
  await symlink(join(ROOT, 'node_modules/socket.io-client'), join(modules, 'socket.io-client'));
  await writeFile(join(elsewhere, 'package.json'), '{"type": "module"}');
  server = await startTestServer();
  server.desk.apply('bed-1', { type: 'condition', condition: 'asystole', active: true, onsetMs: epochMs(1000), cause: 'test' });
}, 120_000);
afterAll(async () => {
  await server.remove();
  await rm(elsewhere, { recursive: true });
});

describe('the packed client', () => {
  it('depends on socket.io-client alone, and takes an alert in plain Node', async () => {
    const { dependencies } = JSON.parse(await readFile(join(elsewhere, 'package/package.json'), 'utf8')) as { dependencies: object };
    expect(Object.keys(dependencies)).toEqual(['socket.io-client']);
    await writeFile(join(elsewhere, 'take.js'), `
      import { AlertClient } from 'leadwatch/client';
      const client = new AlertClient({ url: process.argv[2], onAlert: ({ data }) => {
        console.log(data.bed, data.condition, data.state);
        client.close();
      } });`);
    const { stdout } = await run(process.execPath, ['take.js', server.url], { cwd: elsewhere, env: { ...process.env, NODE_OPTIONS: '' } });
    expect(stdout.trim()).toBe('bed-1 asystole active');
  }, 60_000);

  it('has its types with it', async () => {
    await writeFile(join(elsewhere, 'typed.ts'), `
      import { AlertClient, type AlertData } from 'leadwatch/client';
      const seen: AlertData['state'][] = [];
      new AlertClient({ url: '', priorities: ['high'], onAlert: ({ data }) => void seen.push(data.state) });
      // @ts-expect-error there is no such priority
      new AlertClient({ url: '', priorities: ['urgent'], onAlert: () => undefined });`);
    await writeFile(join(elsewhere, 'tsconfig.json'), JSON.stringify({ files: ['typed.ts'], compilerOptions: {
      noEmit: true, strict: true, target: 'es2022', lib: ['es2023', 'dom'], module: 'nodenext', types: [] } }));
    const tsc = await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc')], { cwd: elsewhere }).catch((error: { stdout: string }) => error);
    expect(tsc.stdout).toBe('');
  }, 60_000);

  it('takes an alert in a browser, bundled', async ({ onTestFinished }) => {
    await writeFile(join(elsewhere, 'page.js'), `
      import { AlertClient } from 'leadwatch/client';
      new AlertClient({ url: location.origin, onAlert: ({ data }) => (document.title = [data.bed, data.condition, data.state].join(' ')) });`);
    await build({ root: elsewhere, configFile: false, logLevel: 'error', build: { outDir: 'out', lib: { entry: 'page.js', formats: ['es'], fileName: 'page' } } });
    const browser = await launchBrowser();
    onTestFinished(() => browser.close());
    const { page, close } = await openPage(browser, `${server.url}/health`, { bypassCSP: true });
    onTestFinished(close);
    await page.addScriptTag({ type: 'module', content: await readFile(join(elsewhere, 'out/page.js'), 'utf8') });
    await expect.poll(() => page.title(), { timeout: 15_000 }).toBe('bed-1 asystole active');
  }, 60_000);
});

#!/usr/bin/env node
// Packs `leadwatch/client` by itself, for programs elsewhere: JavaScript with its types, and socket.io-client as the only dependency.
//
//   node scripts/pack-client.mjs [folder]     # leadwatch-<version>.tgz in the folder (default: here)
//   npm install leadwatch-<version>.tgz       # there, whoever takes alerts
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { checkNode, ROOT, show, stop } from './prepare.mjs';

checkNode();
const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
if (!existsSync(tsc)) stop('The packages are not installed: npm ci');
const target = resolve(process.argv[2] ?? '.');
const { version, license, dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'leadwatch-client-'));
try {
  if (show(process.execPath, [tsc, '-p', 'client', '--outDir', folder]) !== 0) stop('The client could not be compiled: see the lines above.');
  const entry = { types: './client/alert-client.d.ts', default: './client/alert-client.js' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({
    name: 'leadwatch', version, license, type: 'module', description: 'Client of the alerts of Leadwatch. Not a medical device.',
    exports: { './client': entry },
    dependencies: { 'socket.io-client': dependencies['socket.io-client'] ?? devDependencies['socket.io-client'] },
  }, null, 2));
  for (const name of ['LICENSE', 'NOTICE']) copyFileSync(join(ROOT, name), join(folder, name));
  // On Windows npm is a script, which only a shell can run.
  if (show('npm', ['pack', '--pack-destination', target], { cwd: folder, shell: process.platform === 'win32' }) !== 0) stop('npm pack failed: see the lines above.');
} finally {
  rmSync(folder, { recursive: true });
}

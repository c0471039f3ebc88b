// What must be there before anything else can run: packages, and the built page. Plain Node, no packages.
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Ends the process with one line that says what to do. */
export function stop(message) {
  console.error(message);
  process.exit(1);
}

/** Runs a command with its output shown; returns its exit status. */
export function show(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
  if (error) console.error(`${command}: ${error.message}`);
  return error ? 127 : (status ?? 1);
}

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) stop(`Leadwatch needs Node 20.19 or newer, this is ${process.versions.node}.`);
}

/** Installs the packages of package-lock.json where they are not the ones installed. */
export function installPackages() {
  const stamp = join(ROOT, 'node_modules', '.leadwatch-lock');
  const wanted = hashOf([join(ROOT, 'package-lock.json'), join(ROOT, 'package.json')]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log('Installing packages (npm ci)...');
  // On Windows npm is a script, which only a shell can run.
  const status = show('npm', ['ci', '--no-audit', '--no-fund'], { shell: process.platform === 'win32' });
  if (status !== 0) stop('npm ci failed: see the lines above. Only a package registry is needed, no other download.');
  writeFileSync(stamp, wanted);
}

/** Builds the page where its sources are not the ones built. */
export function buildPage() {
  const sources = [...filesBelow(join(ROOT, 'dashboard', 'client')), ...filesBelow(join(ROOT, 'ecg')),
    ...['wire.ts', 'vite.config.ts'].map((name) => join(ROOT, 'dashboard', name)), join(ROOT, 'package-lock.json')];
  const stamp = join(ROOT, 'dashboard', 'dist', '.sources');
  const wanted = hashOf(sources);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log('Building the page...');
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
  if (show(process.execPath, [vite, 'build', '--config', 'dashboard/vite.config.ts', '--logLevel', 'warn']) !== 0) stop('The page could not be built: see the lines above.');
  writeFileSync(stamp, wanted);
}

function filesBelow(directory) {
  return readdirSync(directory, { recursive: true }).map((name) => join(directory, name)).filter((path) => statSync(path).isFile());
}

function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of [...paths].sort()) hash.update(relative(ROOT, path)).update('\0').update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

#!/usr/bin/env node
// `npm test`: installs what the tests need, then type check, lint, and every test. The last line is `N passed, N failed`.
// `npm test -- test/unit/ecg` runs a part.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { buildPage, checkNode, installPackages, ROOT, show } from './prepare.mjs';

checkNode();
// Building influxd takes as long as the rest of a first run, so it begins before everything else; its tests wait for it.
if (process.argv.length === 2) spawn('bash', ['scripts/get-influxd.sh'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'ignore'] }).on('error', () => undefined).unref();
installPackages();
buildPage();

const filters = process.argv.slice(2);
const run = (script, ...args) => show(process.execPath, [join(ROOT, 'scripts', 'run.mjs'), script, ...args]);

// Each of these costs only the tests that need it; those fail with the same instruction.
if (!findChromium()) installByApt('chromium', 'browser', 'CHROMIUM_PATH');
if (!findMosquitto()) installByApt('mosquitto', 'MQTT', 'MOSQUITTO_PATH');
if (!existsSync('/usr/bin/pdftoppm')) installByApt('poppler-utils', 'printing', 'PATH to where pdftoppm is');
if (show('bash', ['scripts/setup-tensorflow.sh']) !== 0) console.error('TensorFlow could not be set up: the training tests will fail. It needs g++ and pip.');
if (run('text-encoder-fetch') !== 0) console.error('The text encoder could not be fetched: its tests will fail. It needs Maven (mvn).');

// Once for all test processes; without recordings it says so, and the tests name what they did without.
run('data-restore');

let passed = 0;
let failed = 0;
const step = (name, status) => {
  if (status === 0) passed++;
  else failed++;
  console.log(`${status === 0 ? 'passed' : 'FAILED'}: ${name}`);
};
if (filters.length === 0) {
  step('type check', show(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit']));
  step('lint', show(process.execPath, ['node_modules/eslint/bin/eslint.js', '.']));
}

const { ended, notOnRealData, triedAgain } = runTests(filters);
// A process that ended without a word (a crash in a native library) took its file's tests along. They run once more; what fails then has failed.
const again = ended.length > 0 ? runTests(ended) : undefined;
if (again?.ended.length > 0) failed++;
list('Not run on real data', [...notOnRealData, ...(again?.notOnRealData ?? [])]);
list('Passed only when tried again', [
  ...triedAgain, ...(again?.triedAgain ?? []), ...ended.filter((file) => !again.ended.includes(file)).map((file) => ({ name: relative(ROOT, file), why: 'its process ended without a word, and it was run again' }))]);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed`);

/** @returns what the reporter collected; adds to the counts */
function runTests(files) {
  const summary = join(tmpdir(), `leadwatch-tests-${process.pid}.json`);
  const status = show(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...files], { env: { ...process.env, LEADWATCH_TEST_SUMMARY: summary } });
  if (!existsSync(summary)) {
    failed++;
    console.error('vitest ended without a summary');
    return { ended: [], notOnRealData: [], triedAgain: [] };
  }
  const collected = JSON.parse(readFileSync(summary, 'utf8'));
  rmSync(summary);
  passed += collected.passed;
  failed += collected.failed;
  if (status !== 0 && collected.failed === 0 && collected.ended.length === 0) failed++; // an error outside any test
  return collected;
}

function list(title, remarks) {
  if (remarks.length === 0) return;
  console.log(`\n${title}:`);
  for (const { name, why } of remarks) console.log(`  ${name}: ${why}`);
}

function findChromium() {
  return [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));
}

function findMosquitto() {
  return [process.env.MOSQUITTO_PATH, '/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'].find((path) => path && existsSync(path));
}

function installByApt(program, tests, variable) {
  const how = `apt-get install -y ${program}, or set ${variable}`;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.error(`No ${program} was found: the ${tests} tests will fail. Install it: ${how}.`);
    return;
  }
  console.log(`Installing ${program} for the ${tests} tests...`);
  // RUNLEVEL=1: the package must not start a service of its own.
  const quiet = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }, stdio: ['ignore', 'ignore', 'inherit'] };
  show('apt-get', ['update', '-qq'], quiet);
  if (show('apt-get', ['install', '-y', '-qq', '--no-install-recommends', program], quiet) !== 0) console.error(`${program} could not be installed: ${how}.`);
}

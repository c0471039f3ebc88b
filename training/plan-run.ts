/** A run before it begins: its configuration, what it starts from and who teaches it, checked before minutes are spent on preparing. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../ecg/clock.ts';
import { EcgError } from '../ecg/errors.ts';
import { loadManifest } from '../models/manifest.ts';
import { learnsFromLabels, loadTrainConfig } from './config.ts';
import { requireTextEncoder, requireTextEncoderOf } from './fit.ts';
import type { Prepared } from './prepare.ts';
import { RunDirectory } from './run-directory.ts';

/** Called once there is something to train on: makes a new run's directory, or finds that an old one fits. @throws EcgError MODEL_MISMATCH where the text encoder is another */
export type BeginRun = (prepared: Pick<Prepared, 'textEncoder'>) => RunDirectory;

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param configName as `loadTrainConfig` takes it @param runs folder of the new run's directory
 * @throws EcgError CONFIG_INVALID | DATA_NOT_FOUND where the start is no run, or has no epoch; MODEL_MISMATCH where its network is another; what `loadManifest` throws of teachers
 */
export function planRun(configName: string, runs = 'runs'): BeginRun {
  const { startFrom, ...loaded } = loadTrainConfig(configName);
  // In full: the run may be gone on with, or exported, from anywhere.
  const config = { ...loaded, ...(startFrom !== undefined && { startFrom: resolve(startFrom) }), teachers: { ...loaded.teachers, models: loaded.teachers.models.map((model) => resolve(model)) } };
  const start = config.startFrom === undefined ? undefined : startingRun(config.startFrom, config.model);
  const teachers = config.teachers.models.map((model) => loadManifest(join(model, 'manifest.json')));
  const labelsMet = learnsFromLabels(config) || start?.facts.labelsMet === true || teachers.some(({ manifest }) => manifest.training.labelsMet);
  const commit = currentCommit();
  return ({ textEncoder }) => {
    if (start) requireTextEncoderOf(start, { textEncoder });
    for (const { manifest, directory } of teachers) requireTextEncoder(manifest.textEncoder, textEncoder, directory);
    const date = new Date(systemClock.now()).toISOString().slice(0, 19).replace(/[T:]/g, '-');
    return RunDirectory.create(join(runs, `${config.name}-${date}`), config, { commit, textEncoder, labelsMet });
  };
}

/** @throws EcgError CONFIG_INVALID where it is no run's directory */
export function resumeRun(path: string): BeginRun {
  const run = new RunDirectory(path);
  const { textEncoder: learntWith } = run.facts;
  return ({ textEncoder }) => {
    if (learntWith) requireTextEncoder(learntWith, textEncoder, path);
    return run;
  };
}

function startingRun(path: string, model: object): RunDirectory {
  const run = new RunDirectory(path);
  const theirs = JSON.stringify(run.config.model);
  if (theirs !== JSON.stringify(model)) {
    throw new EcgError('MODEL_MISMATCH', 'the run to start from trained another network', { expected: JSON.stringify(model), received: theirs, from: path });
  }
  if (!['checkpoint.bin', 'best.bin'].some((name) => existsSync(join(path, name)))) {
    throw new EcgError('DATA_NOT_FOUND', 'the run to start from has no parameters yet', { expected: 'checkpoint.bin', from: path });
  }
  return run;
}

/** The commit, with a mark where the working tree differs from it: then nobody can rebuild the run from the commit alone. */
function currentCommit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', 'HEAD') + (git('status', '--porcelain', '--', 'training', 'models', 'ecg') === '' ? '' : '+changes');
  } catch (cause) {
    throw new EcgError('CONFIG_INVALID', 'a run records the commit of its code, and git gave none', { expected: 'a git checkout', cause });
  }
}

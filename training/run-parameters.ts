/** The parameters that a run ships, or several runs in the mean. */
import { resolve } from 'node:path';
import { EcgError } from '../ecg/errors.ts';
import { RunDirectory } from './run-directory.ts';

/**
 * The best epoch was chosen while training, by labels made of reports (EPOCH_METHOD); labels made of ECGs may prefer the last,
 * which the schedule has brought to rest.
 */
export type ExportedEpoch = 'best' | 'last';

/** @throws EcgError DATA_NOT_FOUND before the first epoch's end */
export function parametersOf(run: RunDirectory, epoch: ExportedEpoch): Float32Array {
  const last = epoch === 'last' ? run.loadCheckpoint()?.parameters : undefined;
  return last ?? run.loadBest();
}

/**
 * The mean of runs that began with the same parameters and went different ways (model soups, Wortsman et al. 2022): about as good as
 * their averaged scores, at the price of one network. Of runs that began differently the mean is no network at all.
 * @throws EcgError CONFIG_INVALID where the runs have no common start; DATA_NOT_FOUND before the first epoch's end
 */
export function meanParameters(runs: readonly RunDirectory[], epoch: ExportedEpoch): Float32Array {
  const starts = new Set(runs.map((run) => resolve(run.config.startFrom ?? run.path)));
  if (starts.size > 1) {
    throw new EcgError('CONFIG_INVALID', 'only runs with a common start can be averaged', {
      expected: 'the same startFrom in every configuration', received: [...starts].join(', '), from: runs.map(({ path }) => path).join(', ') });
  }
  const all = runs.map((run) => parametersOf(run, epoch));
  return all[0]!.map((_, i) => all.reduce((sum, parameters) => sum + parameters[i]!, 0) / all.length);
}

/** Epochs that the exported parameters have seen, with those of the run that theirs began with. */
export function epochsSeen(run: RunDirectory, epoch: ExportedEpoch): number {
  const { startFrom } = run.config;
  const own = epoch === 'best' ? run.bestEpoch : run.log.length;
  return own + (startFrom === undefined ? 0 : epochsSeen(new RunDirectory(startFrom), 'last'));
}

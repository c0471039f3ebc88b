import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { RunDirectory, type EpochLog } from '../../../training/run-directory.ts';
import { epochsSeen, meanParameters } from '../../../training/run-parameters.ts';
import { STILL, TINY_CONFIG } from '../../helpers/tiny-training.ts';

const directory = mkdtempSync(join(tmpdir(), 'leadwatch-runs-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A run whose best epoch has these parameters and whose last has their doubles. */
function runOf(name: string, epochs: number, parameters: readonly number[], startFrom?: string): RunDirectory {
  const run = RunDirectory.create(join(directory, name), { ...TINY_CONFIG, name, augmentation: STILL, ...(startFrom !== undefined && { startFrom }) }, { commit: 'none' });
  for (let epoch = 1; epoch <= epochs; epoch++) run.appendLog({ epoch, loss: 1, temperature: 1, seconds: 1, auc: {}, mean: epoch === 1 ? 1 : 0 } satisfies EpochLog);
  const moments = new Float32Array(parameters.length);
  run.saveBest(Float32Array.from(parameters));
  run.saveCheckpoint({ step: epochs, parameters: Float32Array.from(parameters, (value) => 2 * value), optimiser: { step: epochs, mean: moments, square: moments } });
  return run;
}

describe('what several runs ship', () => {
  const start = runOf('start', 5, [0, 0, 0]);
  const [one, other] = [runOf('one', 3, [1, 2, 3], start.path), runOf('other', 4, [3, 2, -1], start.path)];

  it('is the mean of their parameters, of the best epochs or the last', () => {
    expect([...meanParameters([one, other], 'best')]).toEqual([2, 2, 1]);
    expect([...meanParameters([one, other], 'last')]).toEqual([4, 4, 2]);
    expect([...meanParameters([one], 'last')]).toEqual([2, 4, 6]);
    expect([...meanParameters([one, runOf('spelt', 4, [3, 2, -1], relative(process.cwd(), start.path))], 'best')], 'the same start by another path').toEqual([2, 2, 1]);
    expect([...meanParameters([one, start], 'best')], 'with the network that both began with').toEqual([0.5, 1, 1.5]);
  });

  it('is nothing where they did not begin with the same network', () => {
    for (const stranger of [runOf('stranger', 1, [1, 1, 1], one.path), runOf('beginner', 1, [1, 1, 1])]) {
      expect(() => meanParameters([one, stranger], 'last')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    }
  });

  it('counts the epochs of the run that it began with, too', () => {
    expect(epochsSeen(start, 'last')).toBe(5);
    expect(epochsSeen(one, 'last')).toBe(8);
    expect(epochsSeen(one, 'best')).toBe(6);
  });
});

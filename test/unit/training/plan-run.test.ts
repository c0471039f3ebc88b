import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadTrainConfig, type TrainConfig } from '../../../training/config.ts';
import { planRun, resumeRun } from '../../../training/plan-run.ts';
import { RunDirectory } from '../../../training/run-directory.ts';
import { writeTinyModel } from '../../helpers/tiny-model.ts';

const directory = mkdtempSync(join(tmpdir(), 'leadwatch-plans-'));
afterAll(() => rmSync(directory, { recursive: true }));
const runs = join(directory, 'runs');

const textEncoder = { name: 'one', sha256: 'a'.repeat(64), pooling: 'cls', template: '{text}' } as const;
const another = { ...textEncoder, sha256: 'b'.repeat(64) };
const refused = (code: string): unknown => expect.objectContaining({ code });

/** @returns the path of a configuration that differs from `quick` by this */
function configOf(name: string, change: object): string {
  const path = join(directory, `${name}.json`);
  writeFileSync(path, JSON.stringify({ extends: 'quick', name, ...change }));
  return path;
}

/** A run with parameters, as `quick` describes it but for the change. */
function startOf(name: string, change: Partial<TrainConfig> = {}): RunDirectory {
  const run = RunDirectory.create(join(directory, name), { ...loadTrainConfig('quick'), ...change }, { commit: 'none', textEncoder });
  run.saveBest(Float32Array.of(1));
  return run;
}

describe('a planned run', () => {
  it('keeps in full, wherever it is gone on with, what it starts from and who teaches it, and with which text encoder it learnt', () => {
    const [start, teacher] = [startOf('start'), dirname(writeTinyModel({ manifest: { textEncoder: { ...textEncoder } } }))];
    const path = configOf('taught', { startFrom: relative(process.cwd(), start.path), teachers: { models: [relative(process.cwd(), teacher)], share: 0.5, afterEpochs: 0 } });
    const run = planRun(path, runs)({ textEncoder });
    expect(run.config.startFrom).toBe(start.path);
    expect(run.config.teachers.models).toEqual([teacher]);
    expect(run.facts).toMatchObject({ textEncoder, labelsMet: false });
    expect(resumeRun(run.path)({ textEncoder }).path).toBe(run.path);
    expect(() => resumeRun(run.path)({ textEncoder: another })).toThrow(refused('MODEL_MISMATCH'));
  });

  it('has met labels where the run that it starts from or a teacher has', () => {
    const { path } = startOf('with-labels', { objective: { kind: 'reports+labels' } });
    expect(planRun(configOf('from-labels', { startFrom: path }), runs)({ textEncoder }).facts.labelsMet).toBe(true);
    expect(planRun(configOf('labels', { objective: { kind: 'labels', share: 1 } }), runs)({ textEncoder }).facts.labelsMet).toBe(true);
    const teacher = dirname(writeTinyModel({ manifest: { textEncoder: { ...textEncoder }, training: { commit: 'none', config: 'tiny', data: 'none', labelsMet: true, epochs: 1, date: '2026-11-26' } } }));
    expect(planRun(configOf('taught-labels', { teachers: { models: [teacher], share: 0.5, afterEpochs: 0 } }), runs)({ textEncoder }).facts.labelsMet).toBe(true);
    expect(planRun('quick', runs)({ textEncoder }).facts.labelsMet).toBe(false);
  });

  it('is refused before anything is prepared or made where its start or a teacher is not there or does not fit', () => {
    const before = readdirSync(runs);
    const { model } = loadTrainConfig('quick');
    const empty = RunDirectory.create(join(directory, 'empty'), loadTrainConfig('quick'), { commit: 'none' });
    const wider = startOf('wider', { model: { ...model, width: 2 * model.width } });
    for (const [startFrom, code] of [[join(directory, 'nothing'), 'CONFIG_INVALID'], [empty.path, 'DATA_NOT_FOUND'], [wider.path, 'MODEL_MISMATCH']] as const) {
      expect(() => planRun(configOf('refused', { startFrom }), runs)).toThrow(refused(code));
    }
    expect(() => planRun(configOf('untaught', { teachers: { models: [join(directory, 'nobody')], share: 0.5, afterEpochs: 0 } }), runs)).toThrow(refused('MODEL_MANIFEST'));
    expect(() => resumeRun(join(directory, 'nothing'))).toThrow(refused('CONFIG_INVALID'));
    const foreign = [configOf('foreign-start', { startFrom: startOf('own').path }), configOf('foreign-teacher', { teachers: { models: [dirname(writeTinyModel({ manifest: { textEncoder: { ...textEncoder } } }))], share: 0.5, afterEpochs: 0 } })];
    for (const path of foreign) expect(() => planRun(path, runs)({ textEncoder: another })).toThrow(refused('MODEL_MISMATCH'));
    expect(readdirSync(runs)).toEqual(before);
  });
});

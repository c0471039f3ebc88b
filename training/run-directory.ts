/** A run's directory: configuration, log, curves, checkpoint. Git-ignored; nothing in it is needed to serve. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { EcgError } from '../ecg/errors.ts';
import { manifestSchema } from '../models/manifest.ts';
import { learnsFromLabels, parseTrainConfig, readJson, type TrainConfig } from './config.ts';
import { curvesSvg, type Curve } from './curves.ts';
import { replaceFile } from './replace-file.ts';
import type { TaskName } from './tasks.ts';
import type { TrainerState } from './trainer.ts';

/** One line of log.jsonl: an epoch's end. */
export interface EpochLog {
  readonly epoch: number;
  /** Mean over the epoch's steps, or over those since the run was last gone on with. */
  readonly loss: number;
  readonly temperature: number;
  readonly seconds: number;
  /** Fold-9 macro AUC of zero-shot scoring, by lead set and task. */
  readonly auc: Readonly<Record<string, Readonly<Record<TaskName, number>>>>;
  /** Mean of all of `auc`: what the best epoch is chosen by, the later of equal ones. */
  readonly mean: number;
  /** Why there is no AUC, where there is none. */
  readonly note?: string;
}

/** What config.json says of a run beside its configuration; of runs made before it was said, `textEncoder` is unknown. */
const factsSchema = z.object({
  /** Of the code, as git names it. */
  commit: z.string(),
  /** That embedded the texts. */
  textEncoder: manifestSchema.shape.textEncoder.optional(),
  /** Whether statement codes were learnt from: by the run itself, by the one it began with, or by a teacher. */
  labelsMet: z.boolean().optional(),
});
export type RunFacts = z.output<typeof factsSchema>;

/** Of a checkpoint, in front of parameters and moments: steps done, the optimiser's, how many parameters there are. */
const HEADER_BYTES = 3 * Float64Array.BYTES_PER_ELEMENT;
const { BYTES_PER_ELEMENT: VALUE_BYTES } = Float32Array;

export class RunDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  static create(path: string, config: TrainConfig, facts: RunFacts): RunDirectory {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'config.json'), `${JSON.stringify({ ...config, ...facts }, undefined, 2)}\n`);
    return new RunDirectory(path);
  }

  /** @throws EcgError CONFIG_INVALID where it is no run's directory, or its configuration cannot be used */
  get config(): TrainConfig {
    return this.#read().config;
  }

  /** @throws EcgError CONFIG_INVALID likewise */
  get facts(): RunFacts & { readonly labelsMet: boolean } {
    const { config, facts } = this.#read();
    return { ...facts, labelsMet: facts.labelsMet ?? learnsFromLabels(config) };
  }

  /** @throws EcgError DATA_CORRUPT */
  get log(): EpochLog[] {
    const path = join(this.path, 'log.jsonl');
    if (!existsSync(path)) return [];
    return readFileSync(path, 'utf8').split('\n').filter((line) => line !== '').map((line) => {
      try {
        return JSON.parse(line) as EpochLog;
      } catch (cause) {
        throw new EcgError('DATA_CORRUPT', 'a line of the log cannot be read; delete the line and go on', { expected: 'JSON', received: line.slice(0, 80), from: path, cause });
      }
    });
  }

  /** The epoch whose parameters `loadBest` gives; 0 before the first one's end. */
  get bestEpoch(): number {
    return this.log.reduce((best, { epoch, mean }) => (mean >= best.mean ? { epoch, mean } : best), { epoch: 0, mean: 0 }).epoch;
  }

  /** An epoch that is done again, since the run ended between its log and its checkpoint, stands in the place of what it was. */
  appendLog(entry: EpochLog): void {
    const log = [...this.log.filter(({ epoch }) => epoch < entry.epoch), entry];
    this.#write('log.jsonl', [Buffer.from(log.map((line) => `${JSON.stringify(line)}\n`).join(''))]);
    const curves: Curve[] = [
      { name: 'loss', values: log.map(({ loss }) => loss) },
      ...Object.keys(entry.auc).flatMap((leads) => Object.keys(entry.auc[leads]!).map((task) => ({
        name: `AUC ${task}, ${leads}`, values: log.map(({ auc }) => auc[leads]![task as TaskName]),
      }))),
    ];
    writeFileSync(join(this.path, 'curves.svg'), curvesSvg(curves));
  }

  /** Written beside and moved into place, so that a stop in the middle leaves the one before. */
  saveCheckpoint({ step, parameters, optimiser }: TrainerState): void {
    const header = Float64Array.of(step, optimiser.step, parameters.length);
    this.#write('checkpoint.bin', [header, parameters, optimiser.mean, optimiser.square]);
  }

  /** @throws EcgError DATA_CORRUPT */
  loadCheckpoint(): TrainerState | undefined {
    const path = join(this.path, 'checkpoint.bin');
    if (!existsSync(path)) return undefined;
    const { buffer } = Uint8Array.from(readFileSync(path));
    const [step = 0, optimiserStep = 0, count = 0] = buffer.byteLength < HEADER_BYTES ? [] : new Float64Array(buffer, 0, 3);
    const expected = HEADER_BYTES + 3 * VALUE_BYTES * count;
    if (buffer.byteLength !== expected) {
      throw new EcgError('DATA_CORRUPT', 'the checkpoint is cut short', { expected: `${expected} bytes`, received: `${buffer.byteLength}`, from: path });
    }
    const part = (index: number): Float32Array => new Float32Array(buffer, HEADER_BYTES + VALUE_BYTES * count * index, count);
    return { step, parameters: part(0), optimiser: { step: optimiserStep, mean: part(1), square: part(2) } };
  }

  saveBest(parameters: Float32Array): void {
    this.#write('best.bin', [parameters]);
  }

  /** Parameters of the epoch with the best fold-9 mean. @throws EcgError DATA_NOT_FOUND before the first epoch's end; DATA_CORRUPT */
  loadBest(): Float32Array {
    const path = join(this.path, 'best.bin');
    if (!existsSync(path)) throw new EcgError('DATA_NOT_FOUND', 'the run has not finished an epoch yet', { expected: 'best.bin', from: this.path });
    const { buffer } = Uint8Array.from(readFileSync(path));
    if (buffer.byteLength % VALUE_BYTES !== 0) {
      throw new EcgError('DATA_CORRUPT', 'the best parameters are cut short', { expected: `a multiple of ${VALUE_BYTES} bytes`, received: `${buffer.byteLength}`, from: path });
    }
    return new Float32Array(buffer);
  }

  #read(): { config: TrainConfig; facts: RunFacts } {
    const path = join(this.path, 'config.json');
    if (!existsSync(path)) throw new EcgError('CONFIG_INVALID', 'this is not the directory of a training run', { expected: 'config.json', from: this.path });
    const json = readJson(path);
    const facts = factsSchema.safeParse(json);
    if (!facts.success) {
      const issue = facts.error.issues[0]!;
      throw new EcgError('CONFIG_INVALID', `the ${issue.path.join('.')} of the run cannot be used`, { expected: issue.message, from: path });
    }
    const config = Object.fromEntries(Object.entries(json).filter(([key]) => !(key in factsSchema.shape)));
    return { config: parseTrainConfig(config, path), facts: facts.data };
  }

  #write(name: string, parts: readonly (Float32Array | Float64Array | Uint8Array)[]): void {
    replaceFile(join(this.path, name), Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))));
  }
}

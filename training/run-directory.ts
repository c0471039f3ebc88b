/** A run's directory: configuration, log, curves, checkpoint. Git-ignored; nothing in it is needed to serve. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EcgError } from '../ecg/errors.ts';
import { trainConfigSchema, type TrainConfig } from './config.ts';
import { curvesSvg, type Curve } from './curves.ts';
import type { TaskName } from './tasks.ts';
import type { TrainerState } from './trainer.ts';

/** One line of log.jsonl: an epoch's end. */
export interface EpochLog {
  readonly epoch: number;
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

export class RunDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** @param commit of the code, as git names it */
  static create(path: string, config: TrainConfig, commit: string): RunDirectory {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'config.json'), `${JSON.stringify({ ...config, commit }, undefined, 2)}\n`);
    return new RunDirectory(path);
  }

  /** @throws EcgError CONFIG_INVALID where it is no run's directory */
  get config(): TrainConfig & { commit: string } {
    const path = join(this.path, 'config.json');
    if (!existsSync(path)) throw new EcgError('CONFIG_INVALID', 'this is not the directory of a training run', { expected: 'config.json', from: this.path });
    const { commit, ...config } = JSON.parse(readFileSync(path, 'utf8')) as { commit: string };
    return { ...trainConfigSchema.parse(config), commit };
  }

  get log(): EpochLog[] {
    const path = join(this.path, 'log.jsonl');
    if (!existsSync(path)) return [];
    return readFileSync(path, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as EpochLog);
  }

  /** The epoch whose parameters `loadBest` gives; 0 before the first one's end. */
  get bestEpoch(): number {
    return this.log.reduce((best, { epoch, mean }) => (mean >= best.mean ? { epoch, mean } : best), { epoch: 0, mean: 0 }).epoch;
  }

  appendLog(entry: EpochLog): void {
    appendFileSync(join(this.path, 'log.jsonl'), `${JSON.stringify(entry)}\n`);
    const { log } = this;
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
    const [step = 0, optimiserStep = 0, count = 0] = new Float64Array(buffer, 0, 3);
    if (buffer.byteLength !== 24 + 12 * count) {
      throw new EcgError('DATA_CORRUPT', 'the checkpoint is cut short', { expected: `${24 + 12 * count} bytes`, received: `${buffer.byteLength}`, from: path });
    }
    const part = (index: number): Float32Array => new Float32Array(buffer, 24 + 4 * count * index, count);
    return { step, parameters: part(0), optimiser: { step: optimiserStep, mean: part(1), square: part(2) } };
  }

  saveBest(parameters: Float32Array): void {
    this.#write('best.bin', [parameters]);
  }

  /** Parameters of the epoch with the best fold-9 mean. @throws EcgError DATA_NOT_FOUND before the first epoch's end */
  loadBest(): Float32Array {
    const path = join(this.path, 'best.bin');
    if (!existsSync(path)) throw new EcgError('DATA_NOT_FOUND', 'the run has not finished an epoch yet', { expected: 'best.bin', from: this.path });
    return new Float32Array(Uint8Array.from(readFileSync(path)).buffer);
  }

  #write(name: string, parts: readonly (Float32Array | Float64Array)[]): void {
    const path = join(this.path, name);
    writeFileSync(`${path}.partial`, Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))));
    renameSync(`${path}.partial`, path);
  }
}

/** The PyTorch side of `bench training`: the same network from the same parameters, in a process of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Parameter } from '../../training/architecture.ts';
import type { TrainConfig } from '../../training/config.ts';
import { startPython } from './python-peer.ts';

export interface StepTime {
  readonly wallMs: number;
  /** Of all threads: what a step costs, whoever else uses the machine. */
  readonly cpuMs: number;
}

export interface TrainingPeer {
  readonly version: string;
  /**
   * @param values of all parameters, end to end
   * @param ecg [batch][leads][length], as the network is fed it @param text [batch][textDimension]
   * @returns its loss on that batch, before any step
   */
  make(config: TrainConfig, parameters: readonly Parameter[], values: Float32Array, ecg: Float32Array, text: Float32Array): Promise<number>;
  step(name: string, times: number): Promise<StepTime[]>;
  close(): void;
}

export async function openTrainingPeer(threads: number): Promise<TrainingPeer> {
  const python = startPython('train.py', ['--threads', String(threads)]);
  const { torch } = await python.answer();
  return {
    version: `torch ${String(torch)}`,
    async make(config, parameters, values, ecg, text) {
      const directory = mkdtempSync(join(tmpdir(), 'leadwatch-training-'));
      const file = (name: string, content: Float32Array): string => {
        const path = join(directory, name);
        writeFileSync(path, new Uint8Array(content.buffer, content.byteOffset, content.byteLength));
        return path;
      };
      const { name, model: { width }, batchSize: batch, learningRate, weightDecay } = config;
      python.ask({ make: { name, width, batch, learningRate, weightDecay, parameters, values: file('values', values), ecg: file('ecg', ecg), text: file('text', text) } });
      const { loss } = await python.answer();
      rmSync(directory, { recursive: true });
      return Number(loss);
    },
    async step(name, times) {
      python.ask({ step: name, times });
      return (await python.answer())['steps'] as StepTime[];
    },
    close: python.close,
  };
}

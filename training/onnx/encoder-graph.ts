/** The ECG encoder as an ONNX graph, following architecture.ts as model.ts does. */
import {
  AMPLITUDE_FLOOR, blocksOf, LEADS, LENGTH, NORM_EPSILON, POOL_SIZE, POOL_STRIDE, samePadding, sizeOf, STEM_STRIDE, UNIT_EPSILON,
  type Parameter,
} from '../architecture.ts';
import type { ModelConfig } from '../config.ts';
import { GraphBuilder } from './graph-builder.ts';

export const INPUTS = { ecg: 'ecg', presence: 'presence' } as const;
export const OUTPUT = 'embedding';

/** A sequence of features on its way through the network: the tensor's name, its channels and its length. */
interface Signal {
  readonly name: string;
  readonly channels: number;
  readonly length: number;
}

/**
 * @param values all parameters end to end, in the order of `parameters`
 * @returns the model's bytes: `ecg` [n, 12, 1000] after preprocessing and `presence` [n, 12] to `embedding` [n, dimension]
 */
export function encoderGraph(config: ModelConfig, parameters: readonly Parameter[], values: Float32Array): Uint8Array {
  const writer = new EncoderWriter(config, parameters, values);
  writer.write();
  return writer.graph.model('leadwatch-ecg-encoder', [
    { name: INPUTS.ecg, shape: ['n', LEADS, LENGTH] },
    { name: INPUTS.presence, shape: ['n', LEADS] },
  ], [{ name: OUTPUT, shape: ['n', config.embeddingDimension] }]);
}

class EncoderWriter {
  readonly graph = new GraphBuilder();
  readonly #config: ModelConfig;
  readonly #weights = new Map<string, { values: Float32Array; shape: readonly number[] }>();

  constructor(config: ModelConfig, parameters: readonly Parameter[], values: Float32Array) {
    this.#config = config;
    let at = 0;
    for (const { name, shape } of parameters) {
      this.#weights.set(name, { values: values.subarray(at, at + sizeOf(shape)), shape });
      at += sizeOf(shape);
    }
  }

  write(): void {
    const { graph } = this;
    const description = this.#config.leadDescription ? [this.#description()] : [];
    const stem = this.#norm(this.#conv({ name: INPUTS.ecg, channels: LEADS, length: LENGTH }, 'stem.conv', STEM_STRIDE), 'stem.norm');
    const told = description.reduce((sum, leads) => graph.node('Add', [sum, this.#overTime(graph.node('MatMul', [leads, this.#weight('stem.description')]))]), stem.name);
    let x = this.#pool({ ...stem, name: graph.node('Relu', [told]) });
    for (const { name, stride, projected } of blocksOf(this.#config)) {
      const first = this.#norm(this.#conv(x, `${name}.conv1`, stride), `${name}.norm1`);
      const inner = { ...first, name: graph.node('Relu', [first.name]) };
      const branch = this.#norm(this.#conv(inner, `${name}.conv2`, 1), `${name}.norm2`);
      const shortcut = projected ? this.#norm(this.#conv(x, `${name}.shortcut`, stride), `${name}.shortcutNorm`) : x;
      x = { ...branch, name: graph.node('Relu', [graph.node('Add', [branch.name, shortcut.name])]) };
    }
    const pooled = ['ReduceMean', ...(this.#config.pooling === 'mean+max' ? ['ReduceMax'] : [])].map((op) => graph.node(op, [x.name], { axes: [2], keepdims: 0 }));
    const features = graph.node('Concat', [...pooled, ...description], { axis: 1 });
    const projected = graph.node('Gemm', [features, this.#weight('head.weight'), this.#weight('head.offset')]);
    const length = graph.node('Add', [graph.node('ReduceL2', [projected], { axes: [1], keepdims: 1 }), graph.scalar(UNIT_EPSILON)]);
    graph.node('Div', [projected, length], {}, OUTPUT);
  }

  #overTime(perChannel: string): string {
    return this.graph.node('Unsqueeze', [perChannel, this.graph.integers([2])]);
  }

  /** Presence, log root mean square and log peak of each lead, as model.ts has it. */
  #description(): string {
    const { graph } = this;
    const square = graph.node('Mul', [INPUTS.ecg, INPUTS.ecg]);
    const rms = graph.node('Sqrt', [graph.node('ReduceMean', [square], { axes: [2], keepdims: 0 })]);
    const peak = graph.node('ReduceMax', [graph.node('Abs', [INPUTS.ecg])], { axes: [2], keepdims: 0 });
    const floor = graph.scalar(AMPLITUDE_FLOOR);
    const logs = [rms, peak].map((amplitude) => graph.node('Mul', [graph.node('Log', [graph.node('Add', [amplitude, floor])]), INPUTS.presence]));
    return graph.node('Concat', [INPUTS.presence, ...logs], { axis: 1 });
  }

  #conv(x: Signal, name: string, stride: number): Signal {
    const { values, shape: [size = 0, from = 0, to = 0] } = this.#parameter(name);
    const { out, before, after } = samePadding(x.length, size, stride);
    const weight = this.graph.floats(toOutInKernel(values, size, from, to), [to, from, size], name);
    return { name: this.graph.node('Conv', [x.name, weight], { kernel_shape: [size], strides: [stride], pads: [before, after] }), channels: to, length: out };
  }

  #pool(x: Signal): Signal {
    const { out, before, after } = samePadding(x.length, POOL_SIZE, POOL_STRIDE);
    return { ...x, length: out, name: this.graph.node('MaxPool', [x.name], { kernel_shape: [POOL_SIZE], strides: [POOL_STRIDE], pads: [before, after] }) };
  }

  #norm(x: Signal, name: string): Signal {
    return this.#config.norm === 'batch' ? this.#batchNorm(x, name) : this.#groupNorm(x, name);
  }

  /** With the running averages: what BatchNorm is after training. */
  #batchNorm(x: Signal, name: string): Signal {
    const weights = ['gain', 'offset', 'mean', 'variance'].map((part) => this.#weight(`${name}.${part}`));
    return { ...x, name: this.graph.node('BatchNormalization', [x.name, ...weights], { epsilon: { float: NORM_EPSILON } }) };
  }

  /** GroupNorm: an instance norm over each group laid end to end, then each channel's own gain and offset. */
  #groupNorm(x: Signal, name: string): Signal {
    const { graph } = this;
    const groups = Math.max(1, Math.floor(x.channels / this.#config.groupSize));
    const grouped = graph.node('Reshape', [x.name, graph.integers([0, groups, -1])]);
    const ones = graph.floats(new Float32Array(groups).fill(1), [groups]);
    const zeros = graph.floats(new Float32Array(groups), [groups]);
    const normalised = graph.node('InstanceNormalization', [grouped, ones, zeros], { epsilon: { float: NORM_EPSILON } });
    const restored = graph.node('Reshape', [normalised, graph.integers([0, x.channels, x.length])]);
    const gain = graph.floats(this.#parameter(`${name}.gain`).values, [x.channels, 1], `${name}.gain`);
    const offset = graph.floats(this.#parameter(`${name}.offset`).values, [x.channels, 1], `${name}.offset`);
    return { ...x, name: graph.node('Add', [graph.node('Mul', [restored, gain]), offset]) };
  }

  #weight(name: string): string {
    const { values, shape } = this.#parameter(name);
    return this.graph.floats(values, shape, name);
  }

  #parameter(name: string): { values: Float32Array; shape: readonly number[] } {
    const parameter = this.#weights.get(name);
    if (!parameter) throw new RangeError(`the model has no parameter ${name}`);
    return parameter;
  }
}

/** tfjs keeps a kernel as [size][in][out], ONNX as [out][in][size]. */
function toOutInKernel(values: Float32Array, size: number, from: number, to: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let k = 0; k < size; k++) {
    for (let i = 0; i < from; i++) {
      for (let o = 0; o < to; o++) out[(o * from + i) * size + k] = values[(k * from + i) * to + o]!;
    }
  }
  return out;
}

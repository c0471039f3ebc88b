/**
 * The encoder's structure as data: what parameters there are, of what shape, in what order. tfjs (model.ts) and the ONNX
 * writer (onnx/encoder-graph.ts) both follow it, so neither can drift from the other unnoticed.
 *
 * ResNet1d-18: stem convolution (stride 2) and max-pool (stride 2), four stages of two basic blocks, each stage after the
 * first halving the length and doubling the channels, mean- and max-pooling over time, a linear head, unit length.
 * Two additions serve beds with few leads: GroupNorm, and a description of the leads (presence, log amplitude) that is
 * added to the stem's channels and handed to the head; GroupNorm would otherwise hide the amplitude. The configuration can
 * leave out both, and the maximum: then it is the paper's network.
 */
import type { ModelConfig } from './config.ts';

export const LEADS = 12;
export const LENGTH = 1000;
/** Presence, log root-mean-square and log peak of each lead. */
export const DESCRIPTION = 3 * LEADS;
/** Under the logarithms: 0.01 of the normalised input (5 µV) is no signal. */
export const AMPLITUDE_FLOOR = 1e-2;
export const NORM_EPSILON = 1e-5;
export const UNIT_EPSILON = 1e-8;
/** Where the statements' scale begins: a cosine of 1 adds ten to a logit, enough to make a rare statement certain. */
export const STATEMENT_SCALE = 10;
export const STAGES = 4;
export const BLOCKS_PER_STAGE = 2;
export const STEM_STRIDE = 2;
export const POOL_SIZE = 3;
export const POOL_STRIDE = 2;

export interface Parameter {
  readonly name: string;
  /** Convolutions [kernel, in, out], dense layers [in, out], as tfjs has them. */
  readonly shape: readonly number[];
  /** `he`: normal with variance 2 / fan-in; `small`: a tenth of that spread, for layers that should begin quietly. */
  readonly init: 'he' | 'small' | 'ones' | 'zeros' | number;
  /** Weight decay is for weights that multiply, not for gains and offsets. */
  readonly decay: boolean;
  /** False for BatchNorm's running averages, which follow the batches and not the gradient. */
  readonly learned: boolean;
}

export interface Block {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly stride: number;
  /** A 1x1 convolution on the shortcut, where shapes differ. */
  readonly projected: boolean;
}

export function blocksOf({ width }: ModelConfig): Block[] {
  const blocks: Block[] = [];
  let from = width;
  for (let stage = 0; stage < STAGES; stage++) {
    const to = width * 2 ** stage;
    for (let block = 0; block < BLOCKS_PER_STAGE; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      blocks.push({ name: `stage${stage + 1}.block${block + 1}`, from, to, stride, projected: stride !== 1 || from !== to });
      from = to;
    }
  }
  return blocks;
}

/** Channels that leave the last stage. */
export const featuresOf = ({ width }: ModelConfig): number => width * 2 ** (STAGES - 1);

/** Features that reach the head. */
export const pooledFeaturesOf = (config: ModelConfig): number =>
  featuresOf(config) * (config.pooling === 'mean' ? 1 : 2) + (config.leadDescription ? DESCRIPTION : 0);

export function parametersOf(config: ModelConfig, textDimension: number, temperature: number): Parameter[] {
  const { width, stemKernel, kernel, embeddingDimension } = config;
  const weight = (name: string, shape: readonly number[], init: Parameter['init'] = 'he'): Parameter => ({ name, shape, init, decay: true, learned: true });
  const free = (name: string, shape: readonly number[], init: Parameter['init']): Parameter => ({ name, shape, init, decay: false, learned: true });
  const conv = (name: string, size: number, from: number, to: number): Parameter => weight(name, [size, from, to]);
  const norm = (name: string, channels: number): Parameter[] => [
    free(`${name}.gain`, [channels], 'ones'),
    free(`${name}.offset`, [channels], 'zeros'),
    ...(config.norm === 'batch' ? [
      { ...free(`${name}.mean`, [channels], 'zeros'), learned: false },
      { ...free(`${name}.variance`, [channels], 'ones'), learned: false },
    ] : []),
  ];
  return [
    conv('stem.conv', stemKernel, LEADS, width),
    ...norm('stem.norm', width),
    ...(config.leadDescription ? [weight('stem.description', [DESCRIPTION, width], 'small')] : []),
    ...blocksOf(config).flatMap(({ name, from, to, projected }) => [
      conv(`${name}.conv1`, kernel, from, to),
      ...norm(`${name}.norm1`, to),
      conv(`${name}.conv2`, kernel, to, to),
      ...norm(`${name}.norm2`, to),
      ...(projected ? [conv(`${name}.shortcut`, 1, from, to), ...norm(`${name}.shortcutNorm`, to)] : []),
    ]),
    weight('head.weight', [pooledFeaturesOf(config), embeddingDimension]),
    free('head.offset', [embeddingDimension], 'zeros'),
    weight('text.weight', [textDimension, embeddingDimension]),
    // exp(logScale) = 1 / temperature.
    free('logScale', [], Math.log(1 / temperature)),
    // The same for the statements' yes-or-no questions.
    free('statementLogScale', [], Math.log(STATEMENT_SCALE)),
  ];
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** @param values all parameters end to end @throws RangeError where the model has no such parameter */
export function parameterValues(parameters: readonly Parameter[], values: Float32Array, wanted: string): Float32Array {
  let at = 0;
  for (const { name, shape } of parameters) {
    if (name === wanted) return values.subarray(at, at + sizeOf(shape));
    at += sizeOf(shape);
  }
  throw new RangeError(`the model has no parameter ${wanted}`);
}

/** Output length and the two paddings of a `same` convolution or pool: TensorFlow's rule, which ONNX is told in figures. */
export function samePadding(length: number, size: number, stride: number): { out: number; before: number; after: number } {
  const out = Math.ceil(length / stride);
  const total = Math.max(0, (out - 1) * stride + size - length);
  const before = Math.floor(total / 2);
  return { out, before, after: total - before };
}

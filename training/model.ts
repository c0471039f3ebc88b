/** The encoder and the text head in tfjs. Functions of named parameters, without layer objects, so that one flat vector holds all. */
import {
  AMPLITUDE_FLOOR, blocksOf, parametersOf, POOL_SIZE, POOL_STRIDE, sizeOf, STEM_STRIDE, UNIT_EPSILON, type Block, type Parameter,
} from './architecture.ts';
import { EcgError } from '../ecg/errors.ts';
import type { ModelConfig } from './config.ts';
import { batchNorm, conv1dSame, groupNorm, relu, scaleAndShift } from './ops.ts';
import { randomOf } from './random.ts';
import { readAndDispose, tf, type Tensor, type Tensor2D, type Tensor3D, type Tensor4D, type Variable } from './tf.ts';

/** What a running average keeps of itself at each batch (PyTorch's default; the paper names none). */
const RUNNING_SHARE = 0.9;

/** BatchNorm looks at the batch while training and at its running averages afterwards; nothing else differs. */
export type Mode = 'training' | 'inference';

export class Model {
  readonly config: ModelConfig;
  readonly textDimension: number;
  readonly parameters: readonly Parameter[];
  readonly #variables: ReadonlyMap<string, Variable>;

  /** @param more parameters of the training objective, behind the model's own */
  constructor(config: ModelConfig, textDimension: number, temperature: number, seed: number, more: readonly Parameter[] = []) {
    this.config = config;
    this.textDimension = textDimension;
    this.parameters = [...parametersOf(config, textDimension, temperature), ...more];
    this.#variables = new Map(this.parameters.map((parameter, index) => [
      parameter.name,
      tf.tidy(() => tf.variable(tf.tensor(initialValues(parameter, seed, index), [...parameter.shape]))),
    ]));
  }

  /** What the optimiser moves. */
  get learned(): readonly Parameter[] {
    return this.parameters.filter(({ learned }) => learned);
  }

  get learnedVariables(): Variable[] {
    return this.learned.map(({ name }) => this.variable(name));
  }

  variable(name: string): Variable {
    const variable = this.#variables.get(name);
    if (!variable) throw new RangeError(`the model has no parameter ${name}`);
    return variable;
  }

  /** All parameters end to end, in the order of `parameters`. */
  flatten(): Promise<Float32Array> {
    return readAndDispose(tf.tidy(() => tf.concat(this.parameters.map(({ name }) => this.variable(name).flatten()))));
  }

  /** @throws EcgError MODEL_MISMATCH where the parameters are of another network */
  restore(values: Float32Array): void {
    const expected = this.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    if (values.length !== expected) {
      throw new EcgError('MODEL_MISMATCH', 'the parameters are of another network than the configuration describes', {
        expected: `${expected} parameters`, received: `${values.length}` });
    }
    let at = 0;
    for (const { name, shape } of this.parameters) {
      const size = sizeOf(shape);
      tf.tidy(() => this.variable(name).assign(tf.tensor(values.slice(at, at + size), [...shape])));
      at += size;
    }
  }

  /**
   * @param ecg [n, length, leads] after preprocessing (tfjs wants channels last)
   * @param presence [n, leads]
   * @returns [n, dimension], rows of unit length
   */
  embedEcg(ecg: Tensor3D, presence: Tensor2D, mode: Mode = 'inference'): Tensor2D {
    return tf.tidy(() => {
      const { leadDescription, pooling } = this.config;
      const description = leadDescription ? [describeLeads(ecg, presence)] : [];
      const told = description.map((leads) => tf.matMul(leads, this.variable('stem.description') as unknown as Tensor2D).expandDims<Tensor3D>(1));
      const stem = this.#norm(conv1dSame(ecg, this.variable('stem.conv') as unknown as Tensor3D, STEM_STRIDE), 'stem.norm', mode);
      let x = relu(told.reduce((sum, part) => sum.add<Tensor3D>(part), stem));
      x = tf.maxPool<Tensor4D>(x.expandDims(2), [POOL_SIZE, 1], [POOL_STRIDE, 1], 'same').squeeze<Tensor3D>([2]);
      for (const block of blocksOf(this.config)) x = this.#block(x, block, mode);
      const largest = pooling === 'mean+max' ? [tf.max<Tensor2D>(x, 1)] : [];
      const features = tf.concat2d([tf.mean<Tensor2D>(x, 1), ...largest, ...description], 1);
      return unit(tf.matMul(features, this.variable('head.weight') as unknown as Tensor2D).add(this.variable('head.offset')));
    });
  }

  /** @param text [n, textDimension], centred and of unit length @returns [n, dimension], rows of unit length */
  embedText(text: Tensor2D): Tensor2D {
    return tf.tidy(() => unit(tf.matMul(text, this.variable('text.weight') as unknown as Tensor2D)));
  }

  dispose(): void {
    for (const variable of this.#variables.values()) variable.dispose();
  }

  #block(x: Tensor3D, { name, stride, projected }: Block, mode: Mode): Tensor3D {
    const conv = (input: Tensor3D, part: string, by: number): Tensor3D => conv1dSame(input, this.variable(`${name}.${part}`) as unknown as Tensor3D, by);
    const inner = relu(this.#norm(conv(x, 'conv1', stride), `${name}.norm1`, mode));
    const branch = this.#norm(conv(inner, 'conv2', 1), `${name}.norm2`, mode);
    const shortcut = projected ? this.#norm(conv(x, 'shortcut', stride), `${name}.shortcutNorm`, mode) : x;
    return relu(branch.add<Tensor3D>(shortcut));
  }

  #norm(x: Tensor3D, name: string, mode: Mode): Tensor3D {
    const [gain, offset] = [this.variable(`${name}.gain`), this.variable(`${name}.offset`)];
    if (this.config.norm === 'group') return groupNorm(x, gain, offset, this.config.groupSize);
    const [mean, variance] = [this.variable(`${name}.mean`), this.variable(`${name}.variance`)];
    if (mode === 'inference') return scaleAndShift(x, mean, variance, gain, offset);
    const follow = (average: Variable, value: Tensor): void => average.assign(average.mul(RUNNING_SHARE).add(value.mul(1 - RUNNING_SHARE)));
    return batchNorm(x, gain, offset, (batchMean, batchVariance) => {
      follow(mean, batchMean);
      follow(variance, batchVariance);
    });
  }
}

/** [n, 3 leads]: presence, and the logarithms of root mean square and peak, zero for absent leads. */
function describeLeads(ecg: Tensor3D, presence: Tensor2D): Tensor2D {
  const logOf = (amplitude: Tensor): Tensor2D => amplitude.add(AMPLITUDE_FLOOR).log().mul<Tensor2D>(presence);
  return tf.concat2d([presence, logOf(ecg.square().mean(1).sqrt()), logOf(ecg.abs().max(1))], 1);
}

const unit = (x: Tensor2D): Tensor2D => x.div(x.square().sum(1, true).sqrt().add(UNIT_EPSILON));

function initialValues({ shape, init }: Parameter, seed: number, index: number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  if (init === 'zeros') return values;
  if (typeof init === 'number' || init === 'ones') return values.fill(init === 'ones' ? 1 : init);
  const fanIn = sizeOf(shape.slice(0, -1));
  const spread = Math.sqrt(2 / fanIn) * (init === 'small' ? 0.1 : 1);
  const random = randomOf(seed, index);
  return values.map(() => spread * random.normal());
}

/** Planar [n][leads][length], as shards, segments and ONNX have it, to what tfjs wants. */
export const toChannelsLast = (planar: Float32Array, n: number, leads: number, length: number): Tensor3D =>
  tf.tidy(() => tf.tensor3d(planar, [n, leads, length]).transpose<Tensor3D>([0, 2, 1]));


/**
 * Adam over all parameters as one flat vector: a dozen operations a step instead of a dozen for each of sixty parameters,
 * and one array to checkpoint. Weight decay is decoupled (AdamW) or, as the paper has it, part of the gradient; tfjs has neither.
 */
import { sizeOf } from './architecture.ts';
import type { TrainConfig } from './config.ts';
import type { Model } from './model.ts';
import { tf, type Tensor, type Variable } from './tf.ts';

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

export interface OptimiserState {
  readonly step: number;
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

export class Adam {
  readonly #model: Model;
  readonly #sizes: readonly number[];
  readonly #weightDecay: number;
  readonly #coupled: boolean;
  readonly #theta: Variable;
  readonly #mean: Variable;
  readonly #square: Variable;
  /** 1 where weight decay applies. */
  readonly #decayed: Tensor;
  #step = 0;

  /** The model's parameters are read now; restore them before. */
  constructor(model: Model, { weightDecay, decay }: Pick<TrainConfig, 'weightDecay' | 'decay'>, state?: OptimiserState) {
    const length = model.learned.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    if (state && state.mean.length !== length) {
      throw new RangeError(`the optimiser's state is of ${state.mean.length} parameters, the model has ${length}`);
    }
    this.#model = model;
    this.#weightDecay = weightDecay;
    this.#coupled = decay === 'coupled';
    this.#sizes = model.learned.map(({ shape }) => sizeOf(shape));
    const vector = (content: Float32Array): Variable => tf.tidy(() => tf.variable(tf.tensor1d(content), false));
    this.#theta = tf.tidy(() => tf.variable(tf.concat(model.learnedVariables.map((variable) => variable.flatten())), false));
    this.#mean = vector(state?.mean ?? new Float32Array(length));
    this.#square = vector(state?.square ?? new Float32Array(length));
    this.#decayed = tf.tensor1d(model.learned.flatMap(({ decay: isWeight, shape }) => new Array<number>(sizeOf(shape)).fill(isWeight || this.#coupled ? 1 : 0)));
    this.#step = state?.step ?? 0;
  }

  /** @param gradients by the name of the tfjs variable; none where the loss does not look at it */
  apply(gradients: Readonly<Record<string, Tensor>>, learningRate: number): void {
    this.#step++;
    const correction1 = 1 - BETA_1 ** this.#step;
    const correction2 = 1 - BETA_2 ** this.#step;
    tf.tidy(() => {
      const ofLoss = tf.concat(this.#model.learnedVariables.map((variable) => gradients[variable.name]?.flatten() ?? tf.zeros([variable.size])));
      const decay = this.#theta.mul(this.#decayed).mul(this.#weightDecay);
      const gradient = this.#coupled ? ofLoss.add(decay) : ofLoss;
      this.#mean.assign(this.#mean.mul(BETA_1).add(gradient.mul(1 - BETA_1)));
      this.#square.assign(this.#square.mul(BETA_2).add(gradient.square().mul(1 - BETA_2)));
      const direction = this.#mean.div(correction1).div(this.#square.div(correction2).sqrt().add(EPSILON));
      this.#theta.assign(this.#theta.sub((this.#coupled ? direction : direction.add(decay)).mul(learningRate)));
      const parts = tf.split(this.#theta, [...this.#sizes]);
      this.#model.learned.forEach(({ name, shape }, index) => this.#model.variable(name).assign(parts[index]!.reshape([...shape])));
    });
  }

  async state(): Promise<OptimiserState> {
    return { step: this.#step, mean: await this.#mean.data() as Float32Array, square: await this.#square.data() as Float32Array };
  }

  dispose(): void {
    tf.dispose([this.#theta, this.#mean, this.#square, this.#decayed]);
  }
}

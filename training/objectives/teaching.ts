/** What teachers think of a batch: the mean of their cosines, as the scores of an ensemble are averaged. */
import { tf, type Tensor, type Tensor2D } from '../tf.ts';
import type { Teacher } from '../teachers.ts';
import type { TrainingSet } from '../trainer.ts';
import { gatherRows } from '../vectors.ts';

export class Teaching {
  readonly #teachers: readonly Teacher[];
  /** [statements, dimension] of each teacher. */
  readonly #statements: readonly Tensor2D[];

  /** @throws RangeError where the set has no teachers */
  constructor({ teachers }: TrainingSet) {
    if (!teachers) throw new RangeError('the configuration gives teachers a share, and the training set has none');
    this.#teachers = teachers;
    this.#statements = teachers.map(({ statements, dimension }) => {
      const rows = statements ?? new Float32Array(0);
      return tf.tensor2d(rows, [rows.length / dimension, dimension]);
    });
  }

  /** @returns [records, texts] */
  ofTexts(records: Int32Array, texts: Int32Array): Tensor2D {
    return this.#mean((teacher) => tf.matMul(rowsOf(teacher.ecgs, teacher, records), rowsOf(teacher.texts, teacher, texts), false, true));
  }

  /** @returns [records, statements] */
  ofStatements(records: Int32Array): Tensor2D {
    return this.#mean((teacher, index) => tf.matMul(rowsOf(teacher.ecgs, teacher, records), this.#statements[index]!, false, true));
  }

  dispose(): void {
    tf.dispose([...this.#statements]);
  }

  #mean(cosines: (teacher: Teacher, index: number) => Tensor2D): Tensor2D {
    return tf.tidy(() => tf.addN(this.#teachers.map(cosines)).div<Tensor2D>(this.#teachers.length));
  }
}

const rowsOf = (matrix: Float32Array, { dimension }: Teacher, rows: Int32Array): Tensor2D =>
  tf.tensor2d(gatherRows(matrix, dimension, rows), [rows.length, dimension]);

/** The value alone: through a temperature in the targets, too, a loss could lower itself without the embeddings getting any better. */
export const withoutGradient = (value: Tensor): Tensor =>
  tf.customGrad((...inputs) => ({ value: (inputs[0] as Tensor).clone(), gradFunc: (upstream: Tensor) => upstream.zerosLike() }))(value);

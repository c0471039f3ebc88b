/** The class matrix that learning from labels leaves (objectives/labels.ts), read out of a run's parameters and applied without TensorFlow. */
import { parameterValues, type Parameter } from './architecture.ts';
import { CLASSES } from './objectives/parameters.ts';
import type { Task, TaskLabel } from './tasks.ts';

export interface ClassMatrix {
  /** Logit of one label for every embedding. @param ecg [n][dimension], unit length @throws RangeError for a label that was not learnt */
  scores(ecg: Float32Array, label: TaskLabel): Float32Array;
}

/**
 * @param values of all parameters, end to end
 * @param tasks whose labels, one after another, are the columns
 */
export function classMatrixOf(parameters: readonly Parameter[], values: Float32Array, tasks: readonly Task[]): ClassMatrix {
  const labels = tasks.flatMap((task) => task.labels);
  const part = (name: string): Float32Array => parameterValues(parameters, values, name);
  const [weight, offset, scale] = [part(CLASSES.weight), part(CLASSES.offset), Math.exp(part(CLASSES.logScale)[0]!)];
  const dimension = weight.length / labels.length;
  return {
    scores(ecg, label) {
      const column = labels.indexOf(label);
      if (column < 0) throw new RangeError(`the label ${label.id} was not learnt`);
      return Float32Array.from({ length: ecg.length / dimension }, (_, row) => {
        let sum = offset[column]!;
        for (let i = 0; i < dimension; i++) sum += ecg[row * dimension + i]! * weight[i * labels.length + column]!;
        return scale * sum;
      });
    },
  };
}

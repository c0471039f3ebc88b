/** Which objective a configuration means. */
import type { TrainConfig } from '../config.ts';
import type { Model } from '../model.ts';
import type { Scalar } from '../tf.ts';
import type { TrainingSet } from '../trainer.ts';
import { LabelsObjective } from './labels.ts';
import type { Batch, Objective } from './objective.ts';
import { ReportsObjective } from './reports.ts';
import { ViewsObjective } from './views.ts';

export function createObjective(config: TrainConfig, model: Model, set: TrainingSet): Objective {
  switch (config.objective.kind) {
    case 'reports': return new ReportsObjective(config, model, set);
    case 'labels': return new LabelsObjective(model, set);
    case 'views': return new ViewsObjective(model, config.temperature);
    case 'reports+labels': return new SumOfObjectives([new ReportsObjective(config, model, set), new LabelsObjective(model, set)]);
  }
}

/** Each part sees the same single view. */
class SumOfObjectives implements Objective {
  readonly views = 1;
  readonly #parts: readonly Objective[];

  constructor(parts: readonly Objective[]) {
    this.#parts = parts;
  }

  loss(batch: Batch): Scalar {
    return this.#parts.map((part) => part.loss(batch)).reduce((sum, loss) => sum.add<Scalar>(loss));
  }

  dispose(): void {
    for (const part of this.#parts) part.dispose();
  }
}

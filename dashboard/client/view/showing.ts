import type { LabelView } from '../../wire.ts';
import type { Settings } from '../settings.ts';

/** What views show a bed by, beside the bed itself. */
export interface Showing {
  readonly settings: Settings;
  readonly hasModel: boolean;
  /** What the model looks for. */
  readonly labels: readonly LabelView[];
  /** On which labelled ECGs probabilities of findings were fitted; undefined where there are none. */
  readonly probabilitiesFittedOn: string | undefined;
  /** Ages are counted to here; undefined while the server's time is not known. */
  readonly serverNowMs: number | undefined;
  /** False for a viewer, to whom no action is offered. */
  readonly mayAct: boolean;
}

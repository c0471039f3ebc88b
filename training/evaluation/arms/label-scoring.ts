/**
 * Scores learnt from labels: of the tasks by the run's own class matrix, or by a logistic probe on the frozen embedding where it
 * has none; of labels that compete by a probe in which every class weighs the same, always. Probes are fitted for the leads that
 * are asked for, on the labelled patients alone.
 */
import { presenceOf } from '../../augmentation.ts';
import type { ClassMatrix } from '../../class-matrix.ts';
import { labelledRecords } from '../../label-sample.ts';
import { leadsOf } from '../../lead-sets.ts';
import type { TaskLabel } from '../../tasks.ts';
import { truthOf } from '../../zero-shot-evaluation.ts';
import { gatherRows } from '../../vectors.ts';
import type { EncodedFolds } from '../evaluator.ts';
import { fitProbe, type Probe } from '../linear-probe.ts';
import { onlyLabelOf, type ArmScoring, type CompetingLabel } from './arm-scoring.ts';

/** @param share of the training folds' patients whose labels are known @param labelsMet whether the encoder had met labels, of whomever, before */
export function labelScoring(folds: EncodedFolds, share: number, labelsMet = false, classes?: ClassMatrix): ArmScoring {
  const { model, prepared: { data } } = folds;
  const records = labelledRecords(data.rows, share);
  const rows = records.map((record) => data.rows[record]!);
  const known = new Map<string, Promise<Float32Array>>();
  const labelledEcgs = (leads: string): Promise<Float32Array> => {
    const ecg = known.get(leads) ?? model.embedRecords(data.signals, records, presenceOf(leadsOf(leads)));
    known.set(leads, ecg);
    return ecg;
  };
  /** By leads and label; a fit takes longer than all that is scored by it. */
  const probes = new Map<string, Map<TaskLabel, Probe | undefined>>();
  const percent = `${Number((100 * share).toPrecision(3))} %`;
  return {
    folds,
    labelsUsed: `${percent} of folds 1-8${labelsMet ? ', beside those met in training' : ''}`,
    scoredBy: classes ? 'class logits; five classes by a linear probe' : 'linear probes',
    async scoreOf(ecg, leads) {
      if (classes) return (label) => classes.scores(ecg, label);
      const seen = await labelledEcgs(leads);
      const fitted = probes.get(leads) ?? new Map<TaskLabel, Probe | undefined>();
      probes.set(leads, fitted);
      return (label) => {
        if (!fitted.has(label)) fitted.set(label, probeOfLabel(seen, model.dimension, truthOf(label, rows)));
        return differenceOf(fitted.get(label), ecg, model.dimension);
      };
    },
    async competing(labels, ecg, leads) {
      return probeCompeting(await labelledEcgs(leads), model.dimension, rows.map((row) => onlyLabelOf(labels, row)), labels, ecg);
    },
  };
}

/** @returns undefined where the sample knows no case of the label, or nothing else */
function probeOfLabel(seen: Float32Array, dimension: number, truth: Uint8Array): Probe | undefined {
  const positives = truth.reduce((sum, value) => sum + value, 0);
  return positives === 0 || positives === truth.length ? undefined : fitProbe(seen, dimension, Int32Array.from(truth), 2);
}

/** Score of yes less score of no; without a probe every score is the same. */
function differenceOf(probe: Probe | undefined, ecg: Float32Array, dimension: number): Float32Array {
  if (!probe) return new Float32Array(ecg.length / dimension);
  const [no, yes] = probe.scores(ecg);
  return yes!.map((score, i) => score - no![i]!);
}

function probeCompeting(seen: Float32Array, dimension: number, truths: readonly (number | undefined)[], labels: readonly CompetingLabel[], ecg: Float32Array): Float32Array[] {
  const learned = truths.flatMap((truth, row) => (truth === undefined ? [] : [{ truth, row }]));
  return fitProbe(gatherRows(seen, dimension, learned.map(({ row }) => row)), dimension, Int32Array.from(learned, ({ truth }) => truth), labels.length).scores(ecg);
}

/** docs/results/mets.json: the figures by the names that other documents quote them under. */
import { arch, cpus, platform } from 'node:os';
import { systemClock } from '../../ecg/clock.ts';
import type { LoadedManifest } from '../../models/manifest.ts';
import { COMPETING_METHOD, DEFAULT_METHOD } from '../lead-sets.ts';
import { nameOfMethod } from '../label-embeddings.ts';
import type { FiveClassResult } from './balanced-tables.ts';
import type { BalancedResult } from './balanced-test.ts';
import { meanOfTasks, type FinalTables } from './final-tables.ts';

export function finalJson({ id, manifest }: LoadedManifest, tables: FinalTables, msPerSegment: number): Record<string, unknown> {
  const [shipped, onePrompt] = tables.auc;
  const byLeads = (name: string): FinalTables['fewLeads'][number] => tables.fewLeads.find((row) => row.name === name)!;
  return {
    model: id,
    training: manifest.training,
    labelsUsed: `${manifest.training.labelsMet ? 'statement codes of folds 1-8 in the loss; none in' : 'none in the loss,'} the positives, the prompts, the labels or the means and spreads; fold 9 chose the epoch, the prompts and the way labels are made`,
    labelsMadeFrom: nameOfMethod(DEFAULT_METHOD),
    scored: 'highest cosine with directions that tell the labels from each other, made from and standardised over training ECGs whose reports (no codes) say one of them, every label equally many',
    singleScored: `each label by itself (${nameOfMethod(COMPETING_METHOD)}; MIT-BIH: ${nameOfMethod(DEFAULT_METHOD)}), highest cosine standardised over the unlabelled ECGs of fold 9 with the same leads`,
    interval: '95 % bootstrap by patient (MIT-BIH: by record), 200 draws; 500 of AUC and retrieval',
    date: new Date(systemClock.now()).toISOString(),
    machine: `${platform()} ${arch()}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`,
    superclass: fiveClassFigures(tables.balanced.superclass!),
    form: fiveClassFigures(tables.balanced.form!),
    rhythm: fiveClassFigures(tables.balanced.rhythm!),
    mitBih: { ...fiveClassFigures(tables.mitBih!), perRecord: tables.mitBih!.perRecord, ownMoments: balancedFigures(tables.mitBih!.ownMoments) },
    auc: {
      superclass: round(shipped!.tasks.superclass.value),
      mean: round(meanOfTasks(shipped!.tasks)),
      meanAtLeast10: round(meanOfTasks(tables.aucOfCommon)),
      twoLeadSuperclass: round(byLeads('II + V1').tasks.superclass.value),
      tasks: shipped!.tasks,
      onePromptPerLabel: { mean: round(meanOfTasks(onePrompt!.tasks)), tasks: onePrompt!.tasks },
    },
    fewLeads: tables.fewLeads,
    noise: tables.noise,
    retrieval: tables.retrieval,
    calibration: tables.calibration,
    abstention: tables.abstention,
    encoder: { msPerSegment: round(msPerSegment) },
  };
}

const fiveClassFigures = ({ competing, single }: FiveClassResult): Record<string, unknown> => ({ ...balancedFigures(competing), single: balancedFigures(single) });

export function balancedFigures({ n, perClass, f1, recall, precision, topOne, oneVersusRest }: BalancedResult): Record<string, unknown> {
  return {
    f1: round(f1.value), low: round(f1.low), high: round(f1.high), recall: round(recall.value), precision: round(precision.value),
    topOne: round(topOne.value), oneVersusRest: round(oneVersusRest.value), n, perClass,
  };
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4;

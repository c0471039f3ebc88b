/** What an arm is: a training run, an exported model, or an encoder that has learnt nothing. */
import { join } from 'node:path';
import { EcgError, isEcgError } from '../../../ecg/errors.ts';
import { loadManifest } from '../../../models/manifest.ts';
import { parametersOf } from '../../architecture.ts';
import { classMatrixOf } from '../../class-matrix.ts';
import { epochsOf, learnsFromLabels, learnsFromReports, loadTrainConfig, type TrainConfig } from '../../config.ts';
import { requireTextEncoderOf } from '../../fit.ts';
import { objectiveParameters } from '../../objectives/parameters.ts';
import { createOnnxModel, openOnnxModel } from '../../onnx/onnx-model.ts';
import { modelFiles, sha256Of } from '../../onnx/write-model.ts';
import type { Prepared } from '../../prepare.ts';
import { RunDirectory } from '../../run-directory.ts';
import { ensureTensorFlow } from '../../setup-tensorflow.ts';
import { trainingRecords } from '../../training-set.ts';
import { EncodedFolds, Evaluator } from '../evaluator.ts';
import type { ArmScoring } from './arm-scoring.ts';
import { labelScoring } from './label-scoring.ts';
import { sentenceScoring } from './sentence-scoring.ts';

/** Of the labels, for encoders that have learnt neither sentences nor labels: as the paper's baselines. */
const PROBE_SHARE = 0.05;

export interface Arm {
  readonly name: string;
  /** What the table says of it beside its figures. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly scoring: ArmScoring;
}

/** @param probeShare of the labels, for probes instead of what the run itself has learnt */
export async function armOfRun(path: string, prepared: Prepared, probeShare?: number): Promise<Arm> {
  const run = new RunDirectory(path);
  const { config, facts: { commit, labelsMet } } = run;
  requireTextEncoderOf(run, prepared);
  const { data, tasks } = prepared;
  const values = run.loadBest();
  const { encoder, head } = modelFiles(config.model, values, data.textCentre);
  const model = await createOnnxModel(encoder, head, data.textDimension, config.model.embeddingDimension);
  const sha256 = sha256Of(encoder);
  const labels = tasks.flatMap((task) => task.labels).length;
  const scoring = async (): Promise<ArmScoring> => {
    if (probeShare !== undefined) return labelScoring(new EncodedFolds(model, sha256, prepared), probeShare, labelsMet);
    const { objective } = config;
    if (objective.kind === 'views') return labelScoring(new EncodedFolds(model, sha256, prepared), PROBE_SHARE, labelsMet);
    if (objective.kind === 'labels') {
      const parameters = [...parametersOf(config.model, data.textDimension, config.temperature), ...objectiveParameters(config, labels)];
      return labelScoring(new EncodedFolds(model, sha256, prepared), objective.share, false, classMatrixOf(parameters, values, tasks));
    }
    return sentenceScoring(await Evaluator.of(model, sha256, prepared), learnsFromLabels(config) ? 'all of folds 1-8, in training' : labelsInTraining(labelsMet));
  };
  return {
    name: nameOf(config.name, probeShare),
    facts: {
      ...factsOf(config, sha256), commit, epochs: run.bestEpoch, epochsPlanned: epochsOf(config), trainedRecords: trainingRecords(config, data).length,
      learntFrom: learnsFromReports(config) ? (learnsFromLabels(config) ? 'reports and labels' : 'reports') : config.objective.kind,
    },
    scoring: await scoring(),
  };
}

/** A model as it is exported. */
export async function armOfModel(directory: string, prepared: Prepared, probeShare?: number): Promise<Arm> {
  const loaded = loadManifest(join(directory, 'manifest.json'));
  const { manifest: { training, encoder: { sha256 }, name } } = loaded;
  return {
    name: nameOf(name, probeShare),
    facts: { config: training.config, ...widthOf(training.config), encoder: sha256.slice(0, 12), commit: training.commit, epochs: training.epochs, learntFrom: training.labelsMet ? 'reports and labels' : 'reports' },
    scoring: probeShare === undefined
      ? sentenceScoring(await Evaluator.open(loaded, prepared), labelsInTraining(training.labelsMet))
      : labelScoring(new EncodedFolds(await openOnnxModel(loaded), sha256, prepared), probeShare, training.labelsMet),
  };
}

/** The random encoder that a configuration would begin with. */
export async function armOfNothing(configName: string, prepared: Prepared, probeShare = PROBE_SHARE): Promise<Arm> {
  ensureTensorFlow();
  const { Model } = await import('../../model.ts');
  const config = loadTrainConfig(configName);
  const { textCentre, textDimension } = prepared.data;
  const network = new Model(config.model, textDimension, config.temperature, config.seed);
  const { encoder, head } = modelFiles(config.model, await network.flatten(), textCentre);
  network.dispose();
  const sha256 = sha256Of(encoder);
  const model = await createOnnxModel(encoder, head, textDimension, config.model.embeddingDimension);
  return {
    name: nameOf(`random-${config.name}`, probeShare),
    facts: { ...factsOf(config, sha256), epochs: 0, trainedRecords: 0, learntFrom: 'nothing' },
    scoring: labelScoring(new EncodedFolds(model, sha256, prepared), probeShare),
  };
}

/** @param percent as a command is given it @throws EcgError CONFIG_INVALID */
export function shareOf(percent: string | undefined): number | undefined {
  if (percent === undefined) return undefined;
  const share = Number(percent) / 100;
  if (share > 0 && share <= 1) return share;
  throw new EcgError('CONFIG_INVALID', 'a probe learns from a share of the labels', { expected: 'a number above 0, at most 100', received: percent, from: '--probe' });
}

const nameOf = (name: string, probeShare?: number): string => (probeShare === undefined ? name : `${name}-probe-${Number((100 * probeShare).toPrecision(3))}`);

const labelsInTraining = (labelsMet: boolean | undefined): string => (labelsMet ? 'of folds 1-8, in training' : 'none');

/** A model tells the name of its configuration, which is nobody's here where it was trained elsewhere. */
function widthOf(configName: string): { readonly width?: number } {
  try {
    return { width: loadTrainConfig(configName).model.width };
  } catch (error) {
    if (isEcgError(error) && error.code === 'CONFIG_INVALID') return {};
    throw error;
  }
}

const factsOf = ({ name, model: { width } }: TrainConfig, sha256: string): Record<string, unknown> => ({ config: name, width, encoder: sha256.slice(0, 12) });

/** From a training run to a model that can be served. */
import { systemClock } from '../../ecg/clock.ts';
import { EcgError } from '../../ecg/errors.ts';
import type { Manifest } from '../../models/manifest.ts';
import { learnsFromReports, type TrainConfig } from '../config.ts';
import { CHOICE_FOLD } from '../data/ptb-xl.ts';
import { rowsOfFolds } from '../data/dataset.ts';
import { requireTextEncoderOf } from '../fit.ts';
import { Model } from '../model.ts';
import { objectiveParameters } from '../objectives/parameters.ts';
import type { Prepared } from '../prepare.ts';
import type { RunDirectory } from '../run-directory.ts';
import { epochsSeen, meanParameters, type ExportedEpoch } from '../run-parameters.ts';
import { makeLabelBank, type MadeBank } from './label-bank-export.ts';
import { checkParity, type Parity } from './parity.ts';
import { reportBankOf } from './report-bank-export.ts';
import { writeModel } from './write-model.ts';

/** Real records on which TensorFlow and ONNX Runtime must agree, each with one of the lead sets. */
const PARITY_RECORDS = 500;

export interface ExportReport {
  readonly manifest: Manifest;
  readonly parity: Parity;
  readonly choices: MadeBank['choices'];
  readonly abstention: MadeBank['abstention'] | undefined;
}

export interface ExportOptions {
  /** Best by default. */
  readonly epoch?: ExportedEpoch;
  /** Other runs of the same start, averaged with it. */
  readonly averagedWith?: readonly RunDirectory[];
  /** Ships the training reports' embeddings, of which typed labels become prototypes. */
  readonly reportBank?: boolean;
}

/** @throws EcgError MODEL_MISMATCH where the export computes something else, or the text encoder is another; DATA_NOT_FOUND before the first epoch's end */
export async function exportRun(run: RunDirectory, directory: string, prepared: Prepared, { epoch = 'best', averagedWith = [], reportBank = false }: ExportOptions = {}): Promise<ExportReport> {
  const { config, facts: { commit } } = run;
  const { data } = prepared;
  if (!learnsFromReports(config)) {
    throw new EcgError('CONFIG_INVALID', 'a run that met no sentence cannot be served; `evaluate -- arm` measures it', {
      expected: 'a run that learns from reports', received: config.objective.kind, from: run.path });
  }
  const runs = [run, ...averagedWith];
  for (const each of runs) requireTextEncoderOf(each, prepared);
  const labelsMet = runs.some(({ facts }) => facts.labelsMet);
  const labels = prepared.tasks.flatMap((task) => task.labels).length;
  const model = new Model(config.model, data.textDimension, config.temperature, config.seed, objectiveParameters(config, labels));
  model.restore(meanParameters(runs, epoch));
  let parity: Parity = { records: 0, largestDifference: NaN, lowestCosine: NaN };
  let made: MadeBank | undefined;
  const manifest = await writeModel(directory, {
    name: `leadwatch-${config.name}`,
    config: config.model,
    values: await model.flatten(),
    textCentre: data.textCentre,
    textEncoder: prepared.textEncoder,
    reportBank: reportBank ? reportBankOf(data) : undefined,
    training: {
      commit,
      config: config.name,
      ...(averagedWith.length > 0 && { averagedWith: averagedWith.map((other) => other.config.name) }),
      data: `PTB-XL 1.0.3, 100 Hz, folds 1-8 (CC BY 4.0), ${labelsMet ? 'reports and statement codes' : 'reports only'}${noiseOf(config)}; epoch and label methods chosen on fold 9`,
      labelsMet,
      epochs: epochsSeen(run, epoch),
      date: new Date(systemClock.now()).toISOString().slice(0, 10),
    },
    async makeBank(exported, sha256) {
      parity = await checkParity(model, exported, data.signals, rowsOfFolds(data.rows, [CHOICE_FOLD]).slice(0, PARITY_RECORDS));
      made = await makeLabelBank(exported, sha256, prepared);
      return made.bank;
    },
  });
  model.dispose();
  return { manifest, parity, choices: made?.choices ?? [], abstention: made?.abstention };
}

const noiseOf = ({ augmentation: { ambulatoryNoise: { share } } }: TrainConfig): string => (share > 0 ? ', with noise of the MIT-BIH Noise Stress Test Database (ODC-By 1.0)' : '');

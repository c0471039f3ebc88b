/** `leadwatch export`: a training run's best epoch as a model directory that the server loads, or a model in another precision. */
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { EcgError } from '../ecg/errors.ts';
import { loadManifest } from '../models/manifest.ts';
import { nameOfMethod } from './label-embeddings.ts';
import type { ExportOptions, ExportReport } from './onnx/export-run.ts';
import type { ReducedPrecision } from './onnx/quantise-model.ts';
import { prepare } from './prepare.ts';
import { RunDirectory } from './run-directory.ts';
import type { ExportedEpoch } from './run-parameters.ts';
import { ensureTensorFlow } from './setup-tensorflow.ts';

interface Options {
  readonly bankOf?: string;
  readonly run?: readonly string[];
  readonly from: string;
  readonly precision: 'fp32' | ReducedPrecision;
  readonly out?: string;
  readonly epoch: ExportedEpoch;
  readonly reportBank: boolean;
}

export async function main(args: string[]): Promise<void> {
  await new Command()
    .name('leadwatch export')
    .description('Export a run to ONNX with manifest, label bank, text head and checksums; checks that TensorFlow and ONNX Runtime agree.\n'
      + 'With --precision fp16 or int8: an exported model in that precision, compared with the original on records of fold 9. Needs no TensorFlow.\n'
      + 'With --bank-of: the label bank of an exported model anew, after labels or phrases were changed. Needs no TensorFlow.')
    .option('--run <directories...>', 'a training run, or several that began with the same network: their mean (fp32)')
    .addOption(new Option('--epoch <epoch>', 'of the run: the best on fold 9, or the last').choices(['best', 'last']).default('best'))
    .option('--from <directory>', 'the exported model to reduce (fp16, int8)', 'models/shipped')
    .addOption(new Option('--precision <precision>', 'of the model that is written').choices(['fp32', 'fp16', 'int8']).default('fp32'))
    .option('--bank-of <directory>', 'the exported model whose label bank is made anew, in its place')
    .option('--report-bank', 'ship the embeddings of the training reports (no text): typed labels become prototypes of them; try both on fold 9 (fp32)', false)
    .option('--out <directory>', 'where the model goes (default: models/shipped, or models/<precision>)')
    .action(async ({ run, bankOf, from, precision, out, epoch, reportBank }: Options) => {
      if (bankOf !== undefined) return remakeBank(bankOf);
      if (precision !== 'fp32') return reduce(from, precision, out ?? join('models', precision));
      if (run === undefined) throw new EcgError('CONFIG_INVALID', 'there is nothing to export', { expected: '--run with a training run, or --bank-of with an exported model', received: 'none', from: 'export' });
      const [first, ...averagedWith] = run.map((directory) => new RunDirectory(directory));
      return exportFp32(first!, out ?? join('models', 'shipped'), { epoch, averagedWith, reportBank });
    })
    .parseAsync(args, { from: 'user' });
}

async function exportFp32(run: RunDirectory, out: string, options: ExportOptions): Promise<void> {
  ensureTensorFlow();
  const { exportRun } = await import('./onnx/export-run.ts');
  const { manifest, parity, choices, abstention } = await exportRun(run, out, await prepare(), options);
  console.log(`exported ${manifest.name}, epoch ${manifest.training.epochs}, to ${out}`);
  console.log(`TensorFlow and ONNX Runtime on ${parity.records} records: largest difference ${parity.largestDifference.toExponential(1)}, lowest cosine ${parity.lowestCosine.toFixed(6)}`);
  printBank({ choices, abstention });
}

async function remakeBank(directory: string): Promise<void> {
  const { remakeLabelBank } = await import('./onnx/remake-bank.ts');
  const { loaded, made } = await remakeLabelBank(loadManifest(join(directory, 'manifest.json')), await prepare());
  console.log(`made the label bank of ${loaded.id} in ${directory} anew`);
  printBank(made);
}

function printBank({ choices, abstention }: Pick<ExportReport, 'choices' | 'abstention'>): void {
  for (const { id, method, positives, auc, alarmSensitivity, calibrationErrors } of choices) {
    const figures = Object.entries(auc).map(([leads, value]) => `${leads} ${value?.toFixed(3) ?? 'none'}`).join(', ');
    const alarm = alarmSensitivity ? `; alarm sensitivity ${Object.values(alarmSensitivity).map((value) => value.toFixed(2)).join(' / ')}` : '';
    const fitted = calibrationErrors ? `; probability off by ${Object.values(calibrationErrors).map((value) => value.toFixed(3)).join(' / ')}` : '';
    console.log(`${id}: ${nameOfMethod(method)}, ${positives} in fold 9, AUC ${figures}${alarm}${fitted}`);
  }
  for (const { name, share, rightBelow, rightAbove } of abstention?.sets ?? []) {
    console.log(`like no label (none as probable as ${abstention!.probability}), ${name}: ${(100 * share).toFixed(1)} %; most probable label right in ${(100 * rightBelow).toFixed(0)} % of those, ${(100 * rightAbove).toFixed(0)} % of the rest`);
  }
}

async function reduce(from: string, precision: ReducedPrecision, out: string): Promise<void> {
  const { exportReduced } = await import('./onnx/quantise-model.ts');
  const original = loadManifest(join(from, 'manifest.json'));
  const { data } = await prepare();
  const { reduced, agreed: { records, meanCosine, lowestCosine } } = await exportReduced(original, precision, out, data);
  console.log(`wrote ${reduced.id} to ${out}`);
  console.log(`cosine with ${original.id} on ${records} records and every lead set: mean ${meanCosine.toFixed(6)}, lowest ${lowestCosine.toFixed(6)}`);
}

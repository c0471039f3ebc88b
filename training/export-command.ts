/** `leadwatch export`: a training run's best epoch as a model directory that the server loads. */
import { Command } from 'commander';
import { nameOfMethod } from './label-embeddings.ts';
import { prepare } from './prepare.ts';
import { RunDirectory } from './run-directory.ts';
import { ensureTensorFlow } from './setup-tensorflow.ts';

export async function main(args: string[]): Promise<void> {
  await new Command()
    .name('leadwatch export')
    .description('Export a run to ONNX with manifest, label bank, text head and checksums; checks that TensorFlow and ONNX Runtime agree.')
    .requiredOption('--run <directory>', 'a training run')
    .option('--out <directory>', 'where the model goes', 'models/shipped')
    .action(async ({ run, out }: { run: string; out: string }) => {
      ensureTensorFlow();
      const { exportRun } = await import('./onnx/export-run.ts');
      const { manifest, parity, choices } = await exportRun(new RunDirectory(run), out, await prepare());
      console.log(`exported ${manifest.name}, epoch ${manifest.training.epochs}, to ${out}`);
      console.log(`TensorFlow and ONNX Runtime on ${parity.records} records: largest difference ${parity.largestDifference.toExponential(1)}, lowest cosine ${parity.lowestCosine.toFixed(6)}`);
      for (const { id, method, positives, auc, alarmSensitivity } of choices) {
        const figures = Object.entries(auc).map(([leads, value]) => `${leads} ${value?.toFixed(3) ?? 'none'}`).join(', ');
        const alarm = alarmSensitivity ? `; alarm sensitivity ${Object.values(alarmSensitivity).map((value) => value.toFixed(2)).join(' / ')}` : '';
        console.log(`${id}: ${nameOfMethod(method)}, ${positives} in fold 9, AUC ${figures}${alarm}`);
      }
    })
    .parseAsync(args, { from: 'user' });
}

/** `leadwatch evaluate probe [DIRECTORY]`: a frozen encoder, trained or not, with a linear probe on a share of the labels. */
import { join } from 'node:path';
import { Command } from 'commander';
import { loadManifest } from '../models/manifest.ts';
import { loadTrainConfig } from './config.ts';
import { writeArm } from './evaluation/arms-file.ts';
import { balancedFigures } from './evaluation/final-json.ts';
import { probeBaseline } from './evaluation/probe-baseline.ts';
import { encoderGraph } from './onnx/encoder-graph.ts';
import { createOnnxModel, openOnnxModel, type OnnxModel } from './onnx/onnx-model.ts';
import { prepare } from './prepare.ts';
import { ensureTensorFlow } from './setup-tensorflow.ts';

export async function main(args: string[]): Promise<void> {
  await new Command()
    .name('leadwatch evaluate probe')
    .description('Balanced tests of a frozen encoder with a linear probe. It uses labels: a baseline, never a zero-shot figure.')
    .argument('[directory]', 'of the model', 'models/shipped')
    .option('--percent <share>', 'of the training labels', '5')
    .option('--untrained <config>', 'instead of the model: the random encoder that this configuration would begin with')
    .option('--results <directory>', 'whose mets.json gets the figures among its arms', 'docs/results')
    .action(async (directory: string, { percent, untrained, results: target }: { percent: string; untrained?: string; results: string }) => {
      const { id, model } = untrained === undefined ? await trainedEncoder(directory) : await randomEncoder(untrained);
      const results = await probeBaseline(model, await prepare(), Number(percent) / 100);
      await model.close();
      const figures = Object.entries(results).map(([name, result]) => [name, balancedFigures(result)] as const);
      writeArm(join(target, 'mets.json'), `${id} + linear probe, ${percent} % of the labels`, { labelsUsed: `${percent} % of folds 1-8`, ...Object.fromEntries(figures) });
      for (const [name, { f1, recall, precision, oneVersusRest, n }] of Object.entries(results)) {
        console.log(`${id} + probe on ${percent} % of the labels, ${name}: F1 ${f1.value.toFixed(3)} (${f1.low.toFixed(3)}-${f1.high.toFixed(3)}), accuracy ${oneVersusRest.value.toFixed(3)}, precision ${precision.value.toFixed(3)}, recall ${recall.value.toFixed(3)}, n ${n}`);
      }
    })
    .parseAsync(args, { from: 'user' });
}

async function trainedEncoder(directory: string): Promise<{ id: string; model: OnnxModel }> {
  const loaded = loadManifest(join(directory, 'manifest.json'));
  return { id: loaded.id, model: await openOnnxModel(loaded) };
}

async function randomEncoder(configName: string): Promise<{ id: string; model: OnnxModel }> {
  ensureTensorFlow();
  const { Model } = await import('./model.ts');
  const config = loadTrainConfig(configName);
  // Only the encoder is used; its text head is never asked.
  const network = new Model(config.model, 1, config.temperature, config.seed);
  const encoder = encoderGraph(config.model, network.parameters, network.flatten());
  network.dispose();
  return { id: `random encoder of ${config.name}`, model: await createOnnxModel(encoder, new Uint8Array(), 1, config.model.embeddingDimension) };
}

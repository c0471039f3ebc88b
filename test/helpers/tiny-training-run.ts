/** Trains a few steps in a process of its own, so that it can have another build of TensorFlow, and prints which one and the losses as JSON. */
import { tensorFlowVariant } from '../../training/tf.ts';
import { Trainer } from '../../training/trainer.ts';
import { STILL, TINY_CONFIG, tinyTrainingSet, trainSteps } from './tiny-training.ts';

const trainer = new Trainer({ ...TINY_CONFIG, augmentation: STILL }, tinyTrainingSet((record) => ({ microvolts: 800, periods: 1 + record })));
const losses = await trainSteps(trainer, 4);
console.log(JSON.stringify({ variant: tensorFlowVariant, losses }));
process.exit();

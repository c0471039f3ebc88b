/** Everything a run, an export or an evaluation starts from: the data set, the tasks, and their prompts embedded. */
import { fetchTextEncoder } from '../models/text-encoder-fetch.ts';
import { openTextEncoder, type TextEncoder } from '../models/text-encoder.ts';
import { loadDataset, type Dataset } from './data/dataset.ts';
import { embedCached, TEMPLATE } from '../models/text-embeddings.ts';
import { promptSetOf, type PromptSet } from './label-embeddings.ts';
import { createProgress } from './progress.ts';
import { promptsOfTasks, tasksOf, type Task } from './tasks.ts';
import { centreAndNormalise } from './vectors.ts';

export interface Prepared {
  readonly data: Dataset;
  readonly tasks: readonly Task[];
  readonly prompts: PromptSet;
  /** As a manifest names it. */
  readonly textEncoder: Pick<TextEncoder, 'name' | 'sha256' | 'pooling'> & { readonly template: string };
}

/** @throws EcgError DATA_NOT_FOUND | TEXT_ENCODER_MISSING | DATA_CORRUPT */
export async function prepare(): Promise<Prepared> {
  // Into a directory that somebody named, the default one would come in the place of the one that was meant.
  if (process.env['LEADWATCH_TEXT_ENCODER'] === undefined) fetchTextEncoder();
  const encoder = await openTextEncoder();
  const progress = createProgress();
  try {
    const data = await loadDataset(encoder, (step, done, of) => progress.update(step, done, of));
    const tasks = tasksOf(data.kinds);
    const texts = promptsOfTasks(tasks);
    const frozen = centreAndNormalise(await embedCached(encoder, texts), data.textCentre);
    const prompts = promptSetOf(texts, frozen, { texts: data.texts, textDimension: data.textDimension, frozen: data.textEmbeddings, candidates: data.trainTexts });
    const { name, sha256, pooling } = encoder;
    return { data, tasks, prompts, textEncoder: { name, sha256, pooling, template: TEMPLATE } };
  } finally {
    progress.stop();
    await encoder.close();
  }
}

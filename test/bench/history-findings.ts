/** The trends of every shipped label over days of one bed, a segment every two seconds, as the page asks for them. */
import { loadLabelBank } from '../../models/label-bank.ts';
import { loadManifest } from '../../models/manifest.ts';
import { EmbeddedStore } from '../../stream/history/embedded/store.ts';
import { pastScores } from '../helpers/past-scores.ts';
import { inTemporaryDirectory } from './history-measures.ts';

const START_MS = Date.parse('2026-03-01T00:00:00Z');
const HOUR_MS = 3_600_000;
/** What the page draws three days in. */
const POINTS = 432;

/** @returns milliseconds of each query, over all the hours */
export async function measureFindings(hours: number, repeats: number): Promise<number[]> {
  const labels = loadLabelBank(loadManifest('models/shipped/manifest.json')).labels.map(({ id }) => id);
  const span = { bed: 'bed-0', fromMs: START_MS, toMs: START_MS + hours * HOUR_MS };
  return inTemporaryDirectory(async (directory) => {
    const filling = await EmbeddedStore.open({ directory });
    for (const batch of pastScores({ ...span, labels, embeddings: true })) await filling.append(batch);
    await filling.close();
    const store = await EmbeddedStore.open({ directory });
    const times: number[] = [];
    for (let i = 0; i < repeats; i++) {
      const begun = performance.now();
      await store.findingTrends({ ...span, points: POINTS });
      times.push(performance.now() - begun);
    }
    await store.close();
    return times;
  });
}

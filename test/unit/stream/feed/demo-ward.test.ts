import { describe, expect, it, onTestFinished } from 'vitest';
import { demoWard, type DemoBed } from '../../../../stream/feed/demo-ward.ts';
import { silentProgress } from '../../../../stream/recordings/progress.ts';
import { FeedServer } from '../../../helpers/feed-server.ts';
import { itOnRecordings } from '../../../helpers/recordings.ts';
import { temporaryDirectory } from '../../../helpers/temporary-directory.ts';

const BEDS = ['bed-1', 'bed-2', 'bed-3', 'bed-4', 'bed-5', 'bed-6', 'bed-7', 'bed-8'];

/** Starts the beds against a real server and waits until each has said hello. */
async function watch(beds: readonly DemoBed[]): Promise<FeedServer> {
  const server = await FeedServer.start({ tokens: BEDS.map((bed) => `token of ${bed}`) });
  const running = beds.map((bed) => bed.start(server.url, (name) => `token of ${name}`));
  onTestFinished(() => running.forEach((bed) => bed.stop()));
  await server.until(() => new Set(server.hellos.map(({ bed }) => bed)).size === beds.length);
  return server;
}

describe('the demo ward', () => {
  it('is made of simulated patients where no recordings are found, and says why', async () => {
    const log: string[] = [];
    const beds = await demoWard({ dataDirectory: temporaryDirectory(), log: (line) => log.push(line) });
    expect(beds.map(({ bed, source }) => [bed, source])).toEqual(BEDS.map((bed) => [bed, 'simulator']));
    expect(log).toEqual([expect.stringContaining('MIT-BIH was not found'), expect.stringContaining('PTB-XL was not found')]);
    const server = await watch(beds.slice(0, 2));
    expect(server.hellos.map(({ source, leads }) => [source, leads.length])).toEqual([['simulator', 12], ['simulator', 12]]);
  });

  itOnRecordings('replays MIT-BIH and PTB-XL where they are found', ['mitdb', 'ptb-xl'], async () => {
    const beds = await demoWard({ startProgress: silentProgress });
    expect(beds.map(({ device }) => device)).toEqual([
      ...['100', '119', '200', '203', '207', '217', '222'].map((record) => `MIT-BIH ${record}, replayed`), 'PTB-XL, record after record']);
    const server = await watch([beds[4]!, beds[7]!]);
    const hellos = new Map(server.hellos.map((hello) => [hello.bed, hello]));
    expect(hellos.get('bed-5')).toMatchObject({ source: 'recording', device: 'MIT-BIH 207, replayed', leads: ['MLII', 'V1'], samplingFrequency: 360 });
    expect(hellos.get('bed-8')).toMatchObject({ source: 'recording', device: 'PTB-XL 00001, replayed', samplingFrequency: 100 });
  });
});

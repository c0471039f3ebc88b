/** InfluxDB behind its spool: the contract again, and what an outage, a restart and a wrong token do. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ManualClock } from '../../ecg/clock.ts';
import { epochMs, ms } from '../../ecg/units.ts';
import { EmbeddedStore } from '../../stream/history/embedded/store.ts';
import { initInflux } from '../../stream/history/influx/buckets.ts';
import { DEFAULT_RETENTION } from '../../stream/history/embedded/options.ts';
import { SpooledStore } from '../../stream/history/influx/spooled-store.ts';
import { InfluxStore } from '../../stream/history/influx/store.ts';
import { startInfluxd, type TestInfluxd } from '../helpers/influxd.ts';
import { alarmEvent, batchOf, block, START_MS } from '../helpers/history-samples.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { historyContract, OPEN_TIMEOUT_MS } from './history.ts';

historyContract('influxdb behind the spool', async () => {
  const influxd = await startInfluxd();
  const directory = await mkdtemp(join(tmpdir(), 'leadwatch-spool-'));
  const store = new SpooledStore({
    spool: await EmbeddedStore.open({ directory }), influx: new InfluxStore(influxd.options), clock: new ManualClock(epochMs(START_MS)), markFile: join(directory, 'influx.json'), spoolMs: 86_400_000 });
  return { store, remove: async () => {
    await store.close();
    await influxd.remove();
    await rm(directory, { recursive: true, force: true });
  } };
});

describe('InfluxDB behind the spool', () => {
  let influxd: TestInfluxd;
  beforeAll(async () => {
    influxd = await startInfluxd();
  }, OPEN_TIMEOUT_MS);
  afterAll(() => influxd.remove());

  async function spooled(clock: ManualClock, directory = temporaryDirectory(), token = influxd.options.token): Promise<SpooledStore> {
    const spool = await EmbeddedStore.open({ directory });
    const store = new SpooledStore({ spool, influx: new InfluxStore({ ...influxd.options, token }), clock, markFile: join(directory, 'influx.json'), spoolMs: 86_400_000 });
    await store.settled();
    return store;
  }

  const second = (bed: string, n: number): ReturnType<typeof batchOf> => batchOf({
    waveforms: [block(bed, n)], numerics: [{ bed, atMs: START_MS + n * 1000, values: { heartRateBpm: 60 + (n % 40) } }],
    ...(n % 30 === 0 ? { events: [alarmEvent(bed, n, `a${n}`)] } : {}),
  });
  const stored = async (bed: string, seconds: number): Promise<{ samples: number; numerics: number; events: number }> => {
    const direct = new InfluxStore(influxd.options);
    const query = { bed, fromMs: START_MS, toMs: START_MS + seconds * 1000 };
    const runs = await direct.waveform(query);
    return { samples: runs.reduce((sum, run) => sum + run.samples[0]!.length, 0), numerics: (await direct.numerics(query)).length, events: (await direct.events(query)).length };
  };

  it('loses nothing while influxd is killed for five minutes and started again', async () => {
    const clock = new ManualClock(epochMs(START_MS));
    const store = await spooled(clock);
    const run = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n++) {
        clock.advance(ms(1000));
        await store.append(second('outage', n));
      }
    };
    await run(0, 20);
    await influxd.kill();
    await run(20, 320);
    expect(store.stats().figures['influx_behind_ms']).toBeGreaterThan(290_000);
    expect(store.stats().fault).toContain('InfluxDB');
    // While InfluxDB is away, the spool answers.
    expect(await store.numerics({ bed: 'outage', fromMs: START_MS, toMs: START_MS + 320_000 })).toHaveLength(320);
    await influxd.start();
    // The ward goes on meanwhile: catching up must not wait for it to be quiet.
    let seconds = 320;
    await vi.waitFor(async () => {
      await run(seconds, ++seconds);
      await store.settled();
      expect(store.stats().figures['influx_behind_ms']).toBe(0);
    }, { timeout: 60_000, interval: 10 });
    await store.close(); // and sends what it had gathered
    expect(await stored('outage', 2000)).toEqual({ samples: seconds * 250, numerics: seconds, events: Math.ceil(seconds / 30) });
    expect(store.stats()).toMatchObject({ fault: null, figures: { influx_lost_ms: 0 } });
  }, 120_000);

  it('goes on where it was after the server itself was restarted during an outage', async () => {
    const clock = new ManualClock(epochMs(START_MS + 1_000_000));
    const directory = await mkdtemp(join(tmpdir(), 'leadwatch-spool-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const first = await spooled(clock, directory);
    await influxd.kill();
    for (let n = 1000; n < 1020; n++) {
      clock.advance(ms(1000));
      await first.append(second('restart', n));
    }
    await first.close();
    await influxd.start();
    const again = await spooled(clock, directory);
    onTestFinished(() => again.close());
    expect(await stored('restart', 2000)).toMatchObject({ samples: 20 * 250, numerics: 20 });
  });

  it('says that a token is wrong, keeps everything in the spool, and never rejects an append', async () => {
    const clock = new ManualClock(epochMs(START_MS));
    const store = await spooled(clock, temporaryDirectory(), 'a-wrong-token');
    onTestFinished(() => store.close());
    await store.append(second('token', 1));
    clock.advance(ms(1000)); // what was gathered goes out
    await vi.waitFor(() => expect(store.stats().fault).toMatch(/InfluxDB.*unauthorized/i), { timeout: 5000 });
    clock.advance(ms(5000));
    await store.settled();
    await store.append(second('token', 2));
    expect(await store.waveform({ bed: 'token', fromMs: START_MS, toMs: START_MS + 5000 })).toMatchObject([{ startIndex: 250, samples: [{ length: 500 }, {}] }]);
    await expect(initInflux({ ...influxd.options, token: 'a-wrong-token' }, DEFAULT_RETENTION)).rejects.toMatchObject({ code: 'INFLUX_UNAVAILABLE' });
  });

  it('may be initialised again, and then has the retention asked for', async () => {
    const done = await initInflux(influxd.options, DEFAULT_RETENTION);
    expect(done).toEqual(['kept bucket leadwatch_waveforms: 72 h', 'kept bucket leadwatch_trends: 720 h', 'kept bucket leadwatch_events: 8784 h']);
  });
});

/** Every query of the Grafana dashboard, asked of a real InfluxDB that holds a ward's hour. */
import { readFileSync } from 'node:fs';
import { InfluxDB, type QueryApi } from '@influxdata/influxdb-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InfluxStore } from '../../stream/history/influx/store.ts';
import { alarmEvent, batchOf, block } from '../helpers/history-samples.ts';
import { startInfluxd, type TestInfluxd } from '../helpers/influxd.ts';
import { OPEN_TIMEOUT_MS } from './history.ts';

interface Target {
  readonly query: string;
}
interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly Target[] }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string; readonly query: string | Target }[] };
}

const dashboard = JSON.parse(readFileSync(new URL('../../docs/grafana/leadwatch.json', import.meta.url), 'utf8')) as Dashboard;
const PREFIX = 'leadwatch';

/** What Grafana puts in before it sends a query. */
function filledIn(query: string, nowMs: number): string {
  const at = (ms: number): string => `time(v: "${new Date(ms).toISOString()}")`;
  return query.replaceAll('${prefix}', PREFIX).replaceAll('${bed:regex}', '(bed-1|bed-2)').replaceAll('${label:regex}', '.*').replaceAll('${lead}', 'II')
    .replaceAll('v.timeRangeStart', at(nowMs - 3_600_000)).replaceAll('v.timeRangeStop', at(nowMs + 60_000)).replaceAll('v.windowPeriod', '10s');
}

describe('the Grafana dashboard', () => {
  let influxd: TestInfluxd;
  let api: QueryApi;
  let nowMs: number;

  beforeAll(async () => {
    influxd = await startInfluxd();
    api = new InfluxDB({ url: influxd.options.url, token: influxd.options.token }).getQueryApi(influxd.options.org);
    nowMs = Math.floor(Date.now() / 1000) * 1000;
    const store = new InfluxStore(influxd.options);
    for (const bed of ['bed-1', 'bed-2', 'bed-30']) {
      const seconds = Array.from({ length: 20 }, (_, i) => nowMs - 20_000 + i * 1000);
      await store.append(batchOf({
        waveforms: seconds.map((startMs, i) => ({ ...block(bed, i), startMs })),
        numerics: seconds.map((atMs) => ({ bed, atMs, values: { heartRateBpm: 72 } })),
        scores: seconds.map((atMs) => ({ bed, atMs, modelId: 'm', findings: [{ label: 'atrial-fibrillation', cosine: 0.3, score: 2 }, { label: 'normal', cosine: 0.1, score: 1 }] })),
        beats: seconds.map((atMs) => ({ bed, atMs: atMs + 300, class: 'ventricular' as const, rrMs: 800 })),
        events: [{ ...alarmEvent(bed, 0, 'a1'), atMs: nowMs - 5000 }, { bed, atMs: nowMs - 4000, kind: 'annotation', name: '"', id: 'n1', detail: { text: 'seen' } }],
      }));
    }
    await store.close();
  }, OPEN_TIMEOUT_MS);
  afterAll(() => influxd.remove());

  const rowsOf = (query: string): Promise<Record<string, unknown>[]> => api.collectRows(filledIn(query, nowMs));

  it.each(dashboard.panels.flatMap(({ title, targets }) => targets.map(({ query }) => [title, query] as const)))('%s has rows, of the chosen beds only', async (_, query) => {
    const rows = await rowsOf(query);
    expect(rows.length).toBeGreaterThan(0);
    for (const { bed } of rows) if (bed !== undefined) expect(['bed-1', 'bed-2']).toContain(bed);
  });

  it('offers the beds and findings that are stored', async () => {
    const values = async (name: string): Promise<unknown[]> => {
      const variable = dashboard.templating.list.find((entry) => entry.name === name)!;
      return (await rowsOf((variable.query as Target).query)).map(({ _value }) => _value);
    };
    expect(await values('bed')).toEqual(['bed-1', 'bed-2', 'bed-30']);
    expect(await values('label')).toEqual(['atrial-fibrillation', 'normal']);
  });
});

import { InfluxStore } from '../../stream/history/influx/store.ts';
import { startInfluxd } from '../helpers/influxd.ts';
import { historyContract } from './history.ts';

historyContract('influxdb', async () => {
  const influxd = await startInfluxd();
  const store = new InfluxStore(influxd.options);
  return { store, remove: async () => {
    await store.close();
    await influxd.remove();
  } };
});

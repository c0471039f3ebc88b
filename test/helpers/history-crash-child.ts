/** A process that appends seconds of a ward to an embedded store and says after each that it is on the disk, until it is killed. */
import { writeSync } from 'node:fs';
import { EmbeddedStore } from '../../stream/history/embedded/store.ts';
import { wardSecond } from '../bench/history-load.ts';
import { CRASH_BEDS, CRASH_START_MS, crashContent } from './history-crash.ts';

const [directory = '', from = '0'] = process.argv.slice(2);
const store = await EmbeddedStore.open({ directory });
const content = crashContent();
for (let second = Number(from); ; second++) {
  await store.append(wardSecond(CRASH_BEDS, second, CRASH_START_MS, content));
  writeSync(1, `${second}\n`);
}

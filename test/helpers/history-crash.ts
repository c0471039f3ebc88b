/** Kills a process that writes a history, at a random moment, and looks whether everything is there that it said was kept. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { EmbeddedStore } from '../../stream/history/embedded/store.ts';
import { LEADS, FS } from '../bench/history-load.ts';

export const CRASH_BEDS = 50;
export const CRASH_START_MS = Date.parse('2026-03-01T10:59:00Z');
const CHILD = fileURLToPath(new URL('./history-crash-child.ts', import.meta.url));
/** Longest time from the first append to the kill. */
const SPREAD_MS = 400;

/** Noise from a seed: the hardest to pack, so the most to write. */
export function crashContent(): Int32Array[] {
  let state = 1;
  return Array.from({ length: 8 }, () => Int32Array.from({ length: LEADS * FS }, () => ((state = (state * 48_271) % 2_147_483_647) % 600) - 300));
}

export interface CrashRound {
  /** Seconds that the process said were on the disk, and that are not, or not as they were. */
  readonly lost: number;
  readonly committed: number;
}

/** @param chance in [0, 1): when the process is killed. @param from second to go on at */
export async function crashRound(directory: string, chance: number, from: number): Promise<CrashRound> {
  const child = spawn(process.execPath, ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href, CHILD, directory, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => (said += text));
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(([code]) => Promise.reject(new Error(`the writing process ended by itself: ${String(code)}`)))]);
  await new Promise((resolve) => setTimeout(resolve, chance * SPREAD_MS));
  child.kill('SIGKILL');
  await once(child, 'close');
  const last = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1));
  return { lost: await countLost(directory, from, last), committed: last - from + 1 };
}

async function countLost(directory: string, from: number, last: number): Promise<number> {
  const store = await EmbeddedStore.open({ directory });
  const content = crashContent();
  const good = new Array<number>(last - from + 1).fill(0);
  try {
    for (let bed = 0; bed < CRASH_BEDS; bed++) {
      const query = { bed: `bed-${bed}`, fromMs: CRASH_START_MS + from * 1000, toMs: CRASH_START_MS + (last + 1) * 1000 };
      const runs = await store.waveform(query);
      for (let second = from; second <= last; second++) {
        const expected = content[(second + 7 * bed) % content.length]!;
        const startIndex = second * FS;
        const run = runs.find((candidate) => candidate.startIndex <= startIndex && candidate.startIndex + candidate.samples[0]!.length >= startIndex + FS);
        const at = run ? startIndex - run.startIndex : 0;
        if (run?.samples.every((lead, l) => lead.subarray(at, at + FS).every((value, i) => value === expected[l * FS + i]))) good[second - from]!++;
      }
    }
    return good.filter((beds) => beds < CRASH_BEDS).length;
  } finally {
    await store.close();
  }
}

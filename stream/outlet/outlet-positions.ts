/**
 * How far each receiver has come, bed by bed, in a file: after a restart, orderly or not, what the ledger holds beyond
 * that is sent. The file may be a moment behind, so a receiver may see a change twice, with the same id.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../ecg/clock.ts';
import { ms } from '../../ecg/units.ts';
import type { Position } from '../alarm/entries.ts';
import { replaceFile } from '../replace-file.ts';

const FILE = 'outlet-positions.json';
/** Written this long after a change at the latest. */
const WRITE_AFTER = ms(500);

const schema = z.record(z.string(), z.record(z.string(), z.object({ epoch: z.number(), seq: z.number() })));

export interface OutletPositions {
  /** False: this receiver is new here. */
  knows(outlet: string): boolean;
  /** Undefined: nothing of this bed was taken yet. */
  of(outlet: string, bed: string): Position | undefined;
  /** From now on this receiver is known. */
  begin(outlet: string): void;
  set(outlet: string, bed: string, position: Position): void;
  /** Resolves when everything set is in the file, or could not be written. */
  close(): Promise<void>;
}

/** A file that cannot be read or written costs the memory of what was sent, with a warning; never the server. */
export async function openOutletPositions(directory: string, clock: Clock, warn: (message: string) => void): Promise<OutletPositions> {
  const path = join(directory, FILE);
  await mkdir(directory, { recursive: true });
  const positions = await readFile(path, 'utf8').then((text) => schema.parse(JSON.parse(text)), (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') warn(`positions of receivers not read: ${error.message}`);
    return {} as z.infer<typeof schema>;
  }).catch((error: Error) => {
    warn(`positions of receivers not read, all begin anew: ${error.message}`);
    return {} as z.infer<typeof schema>;
  });
  let writing = Promise.resolve();
  let cancel: (() => void) | undefined;
  const write = (): void => {
    cancel = undefined;
    writing = writing.then(() => replaceFile(path, JSON.stringify(positions))).catch((error: Error) => warn(`positions of receivers not written: ${error.message}`));
  };
  return {
    knows: (outlet) => Object.hasOwn(positions, outlet),
    of: (outlet, bed) => positions[outlet]?.[bed],
    begin(outlet) {
      positions[outlet] ??= {};
      cancel ??= clock.after(WRITE_AFTER, write);
    },
    set(outlet, bed, { epoch, seq }) {
      (positions[outlet] ??= {})[bed] = { epoch, seq };
      cancel ??= clock.after(WRITE_AFTER, write);
    },
    close() {
      if (cancel) {
        cancel();
        write();
      }
      return writing;
    },
  };
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedStore } from '../../stream/history/embedded/store.ts';
import { historyContract } from './history.ts';

const open = (encryptionKey?: Uint8Array) => async () => {
  const directory = await mkdtemp(join(tmpdir(), 'leadwatch-history-'));
  const store = await EmbeddedStore.open({ directory, encryptionKey });
  return { store, remove: async () => {
    await store.close();
    await rm(directory, { recursive: true });
  } };
};

historyContract('embedded', open());
historyContract('embedded, encrypted', open(new Uint8Array(32).fill(7)));

/** Stands in for the page's socket: the same messages, from a worker. */
import type { CommandReply } from '../../../dashboard/wire.ts';
import type { WardStore } from '../../../dashboard/client/ward-store.ts';
import type { FeedMessage, FeedOrder } from './feed-worker.ts';
import './frame-meter.ts';

export const pageToken = (): string | null => null;

export class WardConnection {
  constructor(store: WardStore, _storage: Storage, changed: () => void) {
    const order: FeedOrder = { beds: 64, twelve: location.hash === '#bed-65' };
    feedFrom(order, store, changed);
  }

  watch(): void {}

  useToken(): void {}

  async send(): Promise<CommandReply> {
    return { ok: true };
  }
}

/** Starts the worker and hands its messages to the store, timed as script of the next frame. */
export function feedFrom(order: FeedOrder, store: WardStore, changed: () => void): void {
  const worker = new Worker(new URL('./feed-worker.ts', import.meta.url), { type: 'module' });
  store.setSocket('open');
  worker.onmessage = ({ data }: MessageEvent<FeedMessage>) => {
    const began = performance.now();
    if ('waveform' in data) store.takeWaveforms(new Uint8Array(data.waveform));
    else {
      if ('snapshot' in data) store.takeSnapshot(data.snapshot);
      else store.takeNumerics(data.numerics);
      changed();
    }
    frameMeter.add(performance.now() - began);
  };
  worker.postMessage(order);
}

/** 64 beds, and viewers that read all of it: what the viewers cost ingest, what a slow one loses, and that no alarm is lost to any. */
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { io, type Socket as Client } from 'socket.io-client';
import type { BedNumerics } from '../../dashboard/wire.ts';
import type { ToIngestServer } from './feeds-ingest-server.ts';
import { measureIngest, type IngestResult } from './feeds-ingest.ts';

/** The slow viewer takes nothing for this long. */
const DEAF_MS = 8000;
/** After the feeds have ended: no-data is signalled, and told with the next numerics. */
const ALARM_WITHIN_MS = 60_000;

export interface ViewersResult {
  readonly viewers: number;
  readonly ingest: IngestResult;
  /** Of the server's counter. */
  readonly droppedWaveforms: number;
  /** Waveform messages that the slow viewer has less than the others. */
  readonly slowViewerMissed: number;
  /** Over all viewers: beds whose last alarm was not seen. */
  readonly alarmsMissed: number;
}

interface Viewer {
  readonly socket: Client;
  waveforms: number;
  readonly alarmed: Set<string>;
}

export async function measureViewers(beds: number, count: number, seconds: number): Promise<ViewersResult> {
  let result = { droppedWaveforms: 0, slowViewerMissed: 0, alarmsMissed: 0 };
  const ingest = await measureIngest('ward', { beds, leads: 3, samplingFrequency: 250, seconds }, async (port, tell) => {
    const viewers = await Promise.all(Array.from({ length: count }, () => connect(port)));
    if (count > 0) void deafen(viewers[0]!, tell);
    return async () => {
      const deadline = performance.now() + ALARM_WITHIN_MS;
      while (performance.now() < deadline && viewers.some(({ alarmed }) => alarmed.size < beds)) await pause(250);
      const health = (await (await fetch(`http://127.0.0.1:${port}/health`)).json()) as { pages: { droppedWaveforms: number } };
      result = {
        droppedWaveforms: health.pages.droppedWaveforms,
        slowViewerMissed: count > 1 ? viewers[1]!.waveforms - viewers[0]!.waveforms : 0,
        alarmsMissed: viewers.reduce((sum, { alarmed }) => sum + beds - alarmed.size, 0),
      };
      for (const { socket } of viewers) socket.close();
    };
  });
  return { viewers: count, ingest, ...result };
}

async function connect(port: number): Promise<Viewer> {
  const socket = io(`http://127.0.0.1:${port}/ward`, { transports: ['websocket'], forceNew: true });
  const viewer: Viewer = { socket, waveforms: 0, alarmed: new Set() };
  socket.on('waveform', () => viewer.waveforms++);
  socket.on('numerics', (numerics: BedNumerics[]) => {
    for (const { bed, alarms } of numerics) if (alarms.some(({ condition }) => condition === 'noData')) viewer.alarmed.add(bed);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('connect_error', reject);
  });
  return viewer;
}

/** Its connection takes nothing more for a while, as that of a laptop with its lid closed; then all again. */
async function deafen({ socket }: Viewer, tell: (message: ToIngestServer) => void): Promise<void> {
  await pause(3000);
  const port = (socket.io.engine.transport as unknown as { ws: { _socket: Socket } }).ws._socket.localPort!;
  tell({ hold: port });
  await pause(DEAF_MS);
  tell({ release: port });
}

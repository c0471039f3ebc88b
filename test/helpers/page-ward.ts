/**
 * A ward whose samples are exactly known: it serves the built page and speaks dashboard/wire.ts to it. The line would
 * filter a test signal, so that what the page draws could not be measured against it. Used to calibrate the page and
 * to measure its frames; everything else runs on the real server.
 */
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { packWaveforms, WIRE_VERSION, type BedNumerics, type WardSnapshot, type WaveformBlock } from '../../dashboard/wire.ts';

const PAGE = join(import.meta.dirname, '../../dashboard/dist');
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const MESSAGE_MS = 100;

export interface PageWard {
  readonly url: string;
  close(): Promise<void>;
}

export interface PageWardOptions {
  readonly beds: number;
  readonly leads: readonly string[];
  readonly samplingFrequencyHz: number;
  /** Microvolts `seconds` after the start, on the lead with this index; NaN is a missing sample. */
  readonly signal: (seconds: number, lead: number) => number;
}

export async function startPageWard({ beds, leads, samplingFrequencyHz: fs, signal }: PageWardOptions): Promise<PageWard> {
  const http = createServer((request, response) => {
    const path = new URL(request.url!, 'http://page').pathname;
    readFile(join(PAGE, path === '/' ? 'index.html' : path)).then(
      (body) => response.setHeader('content-type', TYPES[extname(path)] ?? 'text/html').setHeader('content-security-policy', "default-src 'self'").end(body),
      () => response.writeHead(404).end(),
    );
  });
  const ward = new Server(http, { perMessageDeflate: false }).of('/ward');
  const startMs = Date.now();
  const names = Array.from({ length: beds }, (_, i) => `bed-${i + 1}`);
  let sent = 0;
  const numerics = (bed: string): BedNumerics => ({
    bed, serverTimeMs: Date.now(), live: true, lastSampleMs: Date.now(), clockOffsetMs: 0, heartRateBpm: 60, leadStates: leads.map(() => 'ok'),
    findings: [], findingsMs: null, alarms: [], audioPausedUntilMs: null, counters: { gaps: 0, missingSamples: 0, duplicates: 0, refused: 0 }, beats: [],
  });
  const snapshot = (): WardSnapshot => ({
    version: WIRE_VERSION, serverTimeMs: Date.now(), model: { id: null, executionProvider: 'none', labels: [] },
    beds: names.map((bed, slot) => ({
      bed, slot, source: 'simulator', device: 'test signal', epoch: 1, leads, primaryLead: 0, samplingFrequencyHz: fs, band: 'monitor', filter: 'none', numerics: numerics(bed),
    })),
  });
  ward.on('connection', (socket) => {
    let watched: string | null = null;
    socket.emit('snapshot', snapshot());
    socket.on('command', (command: { type: string; bed: string | null }, reply: (answer: object) => void) => {
      if (command.type === 'watch') watched = command.bed;
      reply({ ok: true });
    });
    socket.data.isWatching = (bed: string) => watched === bed;
  });
  const waveforms = setInterval(() => {
    const due = Math.floor(((Date.now() - startMs) / 1000) * fs);
    const samples = leads.map((_, lead) => Float32Array.from({ length: due - sent }, (_unused, i) => signal((sent + i) / fs, lead)));
    for (const socket of ward.sockets.values()) {
      const blocks: WaveformBlock[] = names.flatMap((bed, slot) =>
        (socket.data.isWatching(bed) ? samples : samples.slice(0, 1)).map((samplesUv, lead) => ({ slot, lead, epoch: 1, startIndex: sent, samplesUv })));
      socket.emit('waveform', packWaveforms(blocks));
    }
    sent = due;
  }, MESSAGE_MS);
  const values = setInterval(() => ward.emit('numerics', names.map(numerics)), 1000);
  await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    async close() {
      clearInterval(waveforms);
      clearInterval(values);
      await ward.server.close();
    },
  };
}

/** The display band of a bed over real sockets: who may switch it, who sees it, and that every sample is of the band it is named by. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { unpackWaveforms, type WardSnapshot, type WaveformBlock } from '../../dashboard/wire.ts';
import type { DisplayBand } from '../../ecg/dsp/display-band.ts';
import { encodeFrame } from '../../ecg/frame.ts';
import { parseHello } from '../../stream/feed/feed.ts';
import { DisplayFilter } from '../../stream/filter.ts';
import { simulatedRecord } from '../helpers/feeding.ts';
import { startTestServer, type TestServer } from '../helpers/running-server.ts';

const record = simulatedRecord([{ rhythm: 'sinus', seconds: 60 }], 60);
/** One page token a role, and the name of whoever holds it. */
const tokenOf = (name: string): string => `${name}-${name}-${name}-${name}`;
const pageTokens = [['nurse', 'clinician'], ['technician', 'engineer'], ['screen', 'viewer']].map(([name, role]) => (
  { token: tokenOf(name!), role: role as 'clinician' | 'engineer' | 'viewer', name: name! }));

interface Page {
  readonly socket: Socket;
  /** The band named by the newest snapshot. */
  band(): DisplayBand | undefined;
  /** Blocks of the bed's first lead, each with the band that was named when it came. */
  readonly blocks: (WaveformBlock & { readonly named: DisplayBand })[];
  set(band: string, bed?: string): Promise<unknown>;
}

function openPage(server: TestServer, name: string): Page {
  const socket = io(`${server.url}/ward`, { transports: ['websocket'], forceNew: true, auth: { token: tokenOf(name) } });
  onTestFinished(() => void socket.close());
  let snapshot: WardSnapshot | undefined;
  const band = (): DisplayBand | undefined => snapshot?.beds[0]?.band;
  const blocks: Page['blocks'] = [];
  socket.on('snapshot', (message: WardSnapshot) => (snapshot = message));
  socket.on('waveform', (packed: Uint8Array) => {
    for (const block of unpackWaveforms(new Uint8Array(packed))) if (block.lead === snapshot!.beds[0]!.primaryLead) blocks.push({ ...block, named: band()! });
  });
  return { socket, band, blocks, set: (wanted, bed = 'bed-1') => socket.emitWithAck('command', { type: 'setBand', bed, band: wanted }) };
}

/** A feed of the record from its first sample on. @returns sends the next frames of 100 ms, and ends the feed */
function startFeed({ ward }: TestServer): { send: (frames: number) => void; end: () => void } {
  const { samplingFrequency, leads, adcGain, baseline, adu } = record;
  const session = ward.connect(parseHello({ version: 1, bed: 'bed-1', source: 'simulator', device: 'test', samplingFrequencyHz: samplingFrequency, leads, adcGain, baseline }, 'test'), () => undefined);
  let sequence = 0;
  return {
    send: (frames) => {
      for (const end = sequence + frames; sequence < end; sequence++) {
        const sampleIndex = sequence * 25;
        session.push(encodeFrame({ sequence, sampleIndex, deviceTimeMs: Date.now(), samples: adu.map((lead) => Int16Array.from(lead.subarray(sampleIndex, sampleIndex + 25))) }));
      }
    },
    end: () => session.end(),
  };
}
const until = (holds: () => void): Promise<void> => vi.waitFor(holds, { timeout: 15_000, interval: 20 });
const leadUv = record.adu.map((adu) => Float32Array.from(adu));
const expected: Record<DisplayBand, Float32Array> = {
  monitor: new DisplayFilter(record.samplingFrequency, 2).push(leadUv, 'monitor').samplesUv[1]!,
  diagnostic: new DisplayFilter(record.samplingFrequency, 2).push(leadUv, 'diagnostic').samplesUv[1]!,
};
const endOf = (blocks: Page['blocks']): number => Math.max(0, ...blocks.map(({ startIndex, samplesUv }) => startIndex + samplesUv.length));
/** How far a block is from what this band shows of the record, microvolts. */
const distance = ({ startIndex, samplesUv }: WaveformBlock, band: DisplayBand): number =>
  samplesUv.reduce((high, value, i) => Math.max(high, Math.abs(value - expected[band][startIndex + i]!)), 0);

describe('the display band of a bed', () => {
  it('is switched by who may, shown to everybody from the same sample on, kept over feeds and restarts, and written down', async () => {
    const server = await startTestServer({ access: { pageTokens } });
    let ended = false;
    onTestFinished(() => (ended ? undefined : server.remove()));
    const first = startFeed(server);
    const [nurse, technician, screen] = ['nurse', 'technician', 'screen'].map((name) => openPage(server, name)) as [Page, Page, Page];
    const pages = [nurse, technician, screen];
    const untilAt = (seconds: number): Promise<void> => until(() => pages.forEach(({ blocks }) => expect(endOf(blocks)).toBe(seconds * 250)));
    await until(() => pages.forEach((page) => expect(page.band()).toBe('monitor')));
    first.send(30);
    await untilAt(3);

    expect(await screen.set('diagnostic')).toMatchObject({ ok: false, code: 'NOT_ALLOWED', message: expect.stringContaining('viewer') });
    expect(await nurse.set('surgical')).toMatchObject({ ok: false, code: 'COMMAND_INVALID', message: expect.stringMatching(/band: .*monitor.*diagnostic.*surgical/) });
    expect(await nurse.set('diagnostic', 'bed-9')).toMatchObject({ ok: false, code: 'COMMAND_INVALID', message: expect.stringContaining('bed-9') });
    expect(server.desk.bandOf('bed-1')).toBe('monitor');

    expect(await nurse.set('diagnostic')).toEqual({ ok: true });
    first.send(20);
    await untilAt(5);
    const late = openPage(server, 'screen');
    await until(() => expect(endOf(late.blocks)).toBe(5 * 250));
    expect(await technician.set('monitor')).toEqual({ ok: true });
    first.send(20);
    await untilAt(7);
    // Samples wait a tenth of a second for their message: those that wait at the switch are left out, not shown under the wrong name.
    first.send(1);
    expect(await technician.set('diagnostic')).toEqual({ ok: true });
    first.send(19);
    await untilAt(9);
    for (const { blocks } of [...pages, late]) for (const block of blocks) expect(distance(block, block.named)).toBeLessThan(1.5);
    for (const { blocks } of pages) {
      const switches = blocks.filter(({ named }, i) => named !== blocks[i - 1]?.named);
      expect(switches.map(({ named, startIndex }) => [named, startIndex / 250])).toEqual([['monitor', 0], ['diagnostic', 3], ['monitor', 5], ['diagnostic', 7.1]]);
      // The bands differ so much that none of this holds of the other one.
      expect(blocks.every((block) => distance(block, block.named === 'monitor' ? 'diagnostic' : 'monitor') > 1.5)).toBe(true);
    }
    expect(late.blocks[0]).toMatchObject({ named: 'diagnostic', startIndex: 3 * 250 });

    first.end();
    for (const { blocks } of pages) blocks.length = 0;
    const second = startFeed(server);
    second.send(10);
    await untilAt(1);
    for (const { blocks } of pages) expect([blocks[0]!.epoch, blocks[0]!.named, distance(blocks[0]!, 'diagnostic') < 1.5]).toEqual([2, 'diagnostic', true]);

    await server.close();
    ended = true;
    const ledger = (await readFile(join(server.stateDirectory, 'alarms.jsonl'), 'utf8')).split('\n');
    const said = ledger.filter((line) => line.includes('setBand'));
    expect(said.map((line) => /"name":"(\w+)"/.exec(line)?.[1])).toEqual(['nurse', 'technician', 'technician']);
    const restarted = await startTestServer({ access: { pageTokens }, stateDirectory: server.stateDirectory });
    onTestFinished(() => restarted.remove());
    startFeed(restarted);
    const after = openPage(restarted, 'screen');
    await until(() => expect(after.band()).toBe('diagnostic'));
  }, 60_000);
});

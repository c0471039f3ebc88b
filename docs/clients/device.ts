/**
 * A Leadwatch device in TypeScript over a plain WebSocket (docs/feeds.md). Needs `npm install ws`.
 *
 *   npx tsx device.ts http://127.0.0.1:8080 bed-9 [token] [seconds]
 */
import { WebSocket } from 'ws';

const [url = 'http://127.0.0.1:8080', bed = 'bed-9', token = '', seconds = 'Infinity'] = process.argv.slice(2);
const FS = 250; // Hz
const STEP = 25; // samples a frame: 100 ms
const readConverter = (n: number): number => (n % 200 < 5 ? 200 : 0); // 1 mV for 20 ms, 75 times a minute

/** Packs int16 adu; -32768 is a missing sample. */
function frame(sequence: number, sampleIndex: number, timeMs: number, leads: readonly (readonly number[])[]): Uint8Array {
  const count = leads[0]!.length;
  const view = new DataView(new ArrayBuffer(32 + 2 * count * leads.length));
  view.setUint16(0, 0x574c, true);
  view.setUint8(2, 1); // version
  view.setUint8(3, 1); // int16
  view.setUint32(4, sequence, true);
  view.setFloat64(8, timeMs, true);
  view.setFloat64(16, sampleIndex, true);
  view.setUint16(24, count, true);
  view.setUint8(26, leads.length);
  leads.flat().forEach((adu, i) => view.setInt16(32 + 2 * i, adu, true));
  return new Uint8Array(view.buffer);
}

function connect(): void {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/feeds/ws`, token ? { headers: { authorization: `Bearer ${token}` } } : {});
  let timer: NodeJS.Timeout | undefined;
  let sequence = 0;
  let credit = 16; // frames that may be sent before they are acknowledged
  socket.on('open', () => socket.send(JSON.stringify({
    hello: { version: 1, bed, source: 'device', device: 'TypeScript example', samplingFrequencyHz: FS, leads: ['II'], adcGain: [200], baseline: [0] },
  })));
  socket.on('message', (data) => {
    const { hello, ack, fault } = JSON.parse(String(data));
    if (fault) console.error(fault.message);
    if (fault?.code === 'FEED_NO_HELLO') socket.close(); // another device took the bed; asked for again in a second
    if (fault) credit++; // what was refused is in flight no longer
    if (ack) credit = ack.sequence + ack.credits + 1;
    if (hello?.fault?.code === 'FEED_BED_TAKEN') socket.close(); // and is asked for again in a second
    else if (hello && !hello.ok) throw new Error(hello.fault.message);
    if (hello?.ok) timer = setInterval(send, (1000 * STEP) / FS);
  });
  const send = (): void => {
    if ((sequence * STEP) / FS >= Number(seconds)) process.exit(0);
    if (sequence >= credit) return;
    const at = sequence * STEP;
    socket.send(frame(sequence, at, Date.now(), [Array.from({ length: STEP }, (_, i) => readConverter(at + i))]));
    sequence++;
  };
  socket.on('error', (error) => console.error(error.message));
  socket.on('close', () => {
    clearInterval(timer);
    setTimeout(connect, 1000); // and a new epoch begins
  });
}

connect();

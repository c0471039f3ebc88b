/**
 * Vital Recorder's upload, as to a VitalServer: socket.io (of its version 2 as well, which older recorders speak) on a
 * port of its own, events `join_vr` and `send_data`. The protocol knows no token and answers nothing; which bed a room
 * is of, the configuration says by `VRCODE/ROOM`.
 */
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import type { Clock } from '../../../ecg/clock.ts';
import { isEcgError } from '../../../ecg/errors.ts';
import { listenOn } from '../../listen.ts';
import { BedStream } from '../bed-stream.ts';
import type { FeedDoor } from '../feed-session.ts';
import { readUpload } from './rooms.ts';

/** A second of an operating room, deflated, and room. */
const MAX_UPLOAD_BYTES = 2_000_000;
/** What is wrong is wrong every second, for weeks: so many different lines are said of a connection, each once; the rest is counted. */
const SAID_ONCE = 20;
const MAX_LINE = 200;

export interface VitalFeedOptions {
  readonly host: string;
  readonly port: number;
  /** Bed by `VRCODE/ROOM`. */
  readonly rooms: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
  /** Bounds the connections of the port. */
  readonly guard: (server: HttpServer) => void;
}

export interface VitalFeed {
  readonly port: number;
  /** Uploads that could not be read, rooms that are no bed here, waveforms that were refused. */
  readonly counters: { unreadable: number; unknownRooms: number; refused: number };
  close(): Promise<void>;
}

/** @throws EcgError CONFIG_INVALID where the address cannot be listened on */
export async function serveVitalFeed(door: FeedDoor, { host, port, rooms, clock, warn, guard }: VitalFeedOptions): Promise<VitalFeed> {
  const counters = { unreadable: 0, unknownRooms: 0, refused: 0 };
  const http = createServer();
  guard(http);
  const io = new Server(http, { serveClient: false, allowEIO3: true, perMessageDeflate: false, maxHttpBufferSize: MAX_UPLOAD_BYTES });

  const serve = (socket: Socket): void => {
    const streams = new Map<string, BedStream>();
    const address = `Vital Recorder ${socket.handshake.address}`;
    const said = new Set<string>();
    const sayOnce = (what: string): void => {
      const line = what.slice(0, MAX_LINE);
      if (said.size >= SAID_ONCE || said.has(line)) return;
      said.add(line);
      warn(`${address}: ${line}`);
    };
    const streamOf = (bed: string): BedStream => {
      const known = streams.get(bed);
      if (known) return known;
      const stream = new BedStream(door, { bed, device: 'Vital Recorder', address, token: undefined, configured: true, cut: () => void socket.disconnect(true) });
      streams.set(bed, stream);
      return stream;
    };
    socket.on('send_data', (bytes: unknown) => {
      try {
        const upload = readUpload(bytes, address);
        for (const { name, waveforms } of upload.rooms) {
          const bed = rooms[`${upload.vrcode}/${name}`];
          if (bed === undefined) {
            counters.unknownRooms++;
            sayOnce(`no bed is configured for ${upload.vrcode.slice(0, 40)}/${name.slice(0, 40)}`);
            continue;
          }
          for (const waveform of waveforms) {
            const fault = streamOf(bed).push(waveform, clock.now());
            if (!fault) continue;
            counters.refused++;
            sayOnce(`${fault.code} ${fault.message}`);
          }
        }
      } catch (error) {
        if (!isEcgError(error)) throw error;
        counters.unreadable++;
        sayOnce(error.message);
      }
    });
    socket.on('disconnect', () => {
      for (const stream of streams.values()) stream.end();
    });
  };
  io.on('connection', serve);
  await listenOn({ host, port }, 'vitalFeed.port', () => new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, resolve);
  }));
  return { port: (http.address() as AddressInfo).port, counters, close: async () => void (await io.close()) };
}

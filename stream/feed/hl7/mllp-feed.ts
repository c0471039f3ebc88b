/**
 * HL7 v2 over MLLP, plain or TLS: monitors and gateways send ORU^R01 (IHE PCD WCM) or ORU^W01, the hospital's system
 * ADT^A01 and A03. Which bed a message is of
 * the configuration says, by PV1-3 (`ICU^2^23`) or MSH-3 (`XH80X^00A037009B000000^EUI-64`). Every message is answered:
 * AA where it was taken, AE where its content cannot be used, AR where it is not of a kind that is served here.
 */
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { Clock } from '../../../ecg/clock.ts';
import { isEcgError } from '../../../ecg/errors.ts';
import { BedStream, TakenMessages } from '../bed-stream.ts';
import type { FeedDoor } from '../feed-session.ts';
import { openTcpPort, type TcpPort, type TcpPortOptions } from '../tcp-port.ts';
import { ADMISSIONS, carryOutAdmission, type Admissions } from './admission.ts';
import { acknowledge, parseHl7, type AckCode, type Hl7Message } from './message.ts';
import { frameMllp, MllpReader } from './mllp.ts';
import { waveformOf } from './waveform.ts';

/** Waveform messages come every second or so; a connection that is silent for so long is dead. */
const SILENCE_MS = 120_000;

const WAVEFORMS: readonly string[] = ['ORU^R01', 'ORU^W01'];

export interface Hl7Bed {
  readonly bed: string;
  /** adu per millivolt of a device that gives no resolution. */
  readonly adcGain?: number | undefined;
}

export interface MllpFeedOptions extends TcpPortOptions {
  readonly tls?: TlsOptions | undefined;
  /** By PV1-3 or MSH-3 as they stand in the message. */
  readonly beds: Readonly<Record<string, Hl7Bed>>;
  readonly admissions: Admissions;
  readonly clock: Clock;
}

/** @throws EcgError CONFIG_INVALID where the address cannot be listened on */
export function serveMllpFeed(door: FeedDoor, options: MllpFeedOptions): Promise<TcpPort> {
  const { tls, beds } = options;
  const taken = new Map(Object.values(beds).map(({ bed }) => [bed, new TakenMessages()]));
  return openTcpPort((serve) => (tls ? createTlsServer(tls, serve) : createServer(serve)), (socket) => serveConnection(socket, door, taken, options), 'hl7Feed.port', options);
}

function serveConnection(socket: Socket, door: FeedDoor, taken: ReadonlyMap<string, TakenMessages>, { beds, admissions, clock }: MllpFeedOptions): void {
  const reader = new MllpReader();
  const streams = new Map<string, BedStream>();
  const address = `HL7 ${socket.remoteAddress ?? ''}`;

  const streamOf = (bed: string, message: Hl7Message): BedStream => {
    const known = streams.get(bed);
    if (known) return known;
    const device = `HL7 ${message.header.components(3)[0] || 'monitor'}`;
    const stream = new BedStream(door, { bed, device, address, token: undefined, configured: true, cut: () => void socket.destroy(), taken: taken.get(bed) });
    streams.set(bed, stream);
    return stream;
  };

  const answer = (text: string): string => {
    let message: Hl7Message | undefined;
    const reply = (code: AckCode, condition?: { code: string; text: string }): string => acknowledge(message?.header, code, clock.now(), condition);
    try {
      message = parseHl7(text, address);
      const admission = ADMISSIONS.includes(message.type);
      if (!admission && !WAVEFORMS.includes(message.type)) {
        return reply('AR', { code: message.type.startsWith('ORU^') || message.type.startsWith('ADT^') ? '201' : '200', text: `Unsupported message type ${message.type}; expected ${[...WAVEFORMS, ...ADMISSIONS].join(', ')}` });
      }
      const entry = beds[message.first('PV1')?.field(3) ?? ''] ?? beds[message.header.field(3)];
      if (!entry) return reply('AE', { code: '204', text: `Unknown bed: neither PV1-3 nor MSH-3 is in hl7Feed.beds` });
      if (admission) {
        carryOutAdmission(message, entry.bed, admissions, address);
        return reply('AA');
      }
      const waveform = waveformOf(message, entry.adcGain, address);
      const fault = waveform && streamOf(entry.bed, message).push(waveform, clock.now());
      return fault ? reply('AE', { code: '207', text: `${fault.code} ${fault.message}` }) : reply('AA');
    } catch (error) {
      if (!isEcgError(error)) throw error;
      return reply(message ? 'AE' : 'AR', { code: message ? '102' : '100', text: error.message });
    }
  };

  socket.setTimeout(SILENCE_MS, () => socket.destroy());
  socket.on('error', () => undefined); // the close that follows ends the beds' feeds
  socket.on('data', (bytes) => {
    try {
      for (const message of reader.push(bytes)) socket.write(frameMllp(answer(new TextDecoder().decode(message))));
    } catch (error) {
      if (!isEcgError(error)) throw error;
      socket.destroy(); // a message without an end
    }
  });
  socket.on('close', () => {
    for (const stream of streams.values()) stream.end();
  });
}

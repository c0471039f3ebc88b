/** HL7 v2 over MLLP to one receiver: one connection kept open, one message at a time, each with its acknowledgement. */
import { connect, type Socket } from 'node:net';
import type { Priority } from '../../ecg/alarm.ts';
import type { Clock } from '../../ecg/clock.ts';
import { ms } from '../../ecg/units.ts';
import type { DeliveredAlarm } from '../alarm/outbox.ts';
import { controlId } from './oru-r40.ts';
import type { Outcome, Outlet } from './outlet-queue.ts';

export interface MllpOptions {
  readonly host: string;
  readonly port: number;
  readonly priorities?: readonly Priority[] | undefined;
}

const START = 0x0b;
const END = Buffer.from([0x1c, 0x0d]);
/** A receiver that has not acknowledged by then has failed, and the connection is begun anew. */
const ANSWER_WITHIN = ms(10_000);
/** Longest acknowledgement that is read. */
const MAX_ACK_BYTES = 65_536;

export function createMllpOutlet({ host, port, priorities }: MllpOptions, clock: Clock, message: (alarm: DeliveredAlarm) => string): Outlet {
  let socket: Socket | undefined;
  let received = Buffer.alloc(0);
  let answer: ((outcome: Outcome) => void) | undefined;
  let awaited = '';

  const settle = (outcome: Outcome): void => {
    const told = answer;
    answer = undefined;
    told?.(outcome);
  };
  const hangUp = (why: string): void => {
    socket?.destroy();
    socket = undefined;
    settle({ kind: 'failed', why });
  };
  const dial = (): Socket => {
    const line = connect(port, host);
    line.setNoDelay(true);
    received = Buffer.alloc(0);
    line.on('error', (error) => line === socket && hangUp(error.message));
    line.on('close', () => line === socket && hangUp('the receiver hung up'));
    line.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      if (received.length > MAX_ACK_BYTES) return hangUp('an acknowledgement without an end');
      for (let end = received.indexOf(END); end >= 0; end = received.indexOf(END)) {
        const ack = received.subarray(received.indexOf(START) + 1, end).toString('utf8');
        received = received.subarray(end + END.length);
        const outcome = outcomeOf(ack, awaited);
        if (outcome) settle(outcome);
      }
    });
    return line;
  };

  return {
    name: `hl7 mllp://${host}:${port}`,
    priorities,
    concurrency: 1,
    send: (alarm) => new Promise<Outcome>((resolve) => {
      const giveUp = clock.after(ANSWER_WITHIN, () => hangUp(`no acknowledgement within ${ANSWER_WITHIN / 1000} s`));
      answer = (outcome) => {
        giveUp();
        resolve(outcome);
      };
      awaited = controlId(alarm);
      socket ??= dial();
      socket.write(Buffer.concat([Buffer.from([START]), Buffer.from(message(alarm), 'utf8'), END]));
    }),
    close: () => hangUp('closing'),
  };
}

/** Of the message that is waited for; undefined for an acknowledgement of another, which came too late. */
function outcomeOf(ack: string, awaited: string): Outcome | undefined {
  const msa = ack.split(/\r\n?|\n/).find((segment) => segment.startsWith('MSA'))?.split('|');
  if (!msa) return { kind: 'failed', why: 'an answer without an MSA segment' };
  const [, code = '', id = '', text = ''] = msa;
  if (id !== awaited) return undefined;
  if (code === 'AA' || code === 'CA') return { kind: 'taken' };
  // AE says that something went wrong and may go right next time; AR that the message will never be accepted.
  return { kind: code === 'AR' || code === 'CR' ? 'refused' : 'failed', why: `${code} ${text}`.trim() };
}

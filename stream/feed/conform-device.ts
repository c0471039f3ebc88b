/** A device for the conformance kit: one plain WebSocket, one answer at a time, and nothing hidden. */
import { WebSocket } from 'ws';
import { systemClock, type Clock } from '../../ecg/clock.ts';
import { ms } from '../../ecg/units.ts';
import type { AckMessage, FaultMessage, HelloReply } from './feed.ts';

/** No answer by then is no answer. */
const ANSWER_WITHIN = ms(3000);

export type Answer =
  | { readonly kind: 'hello'; readonly reply: HelloReply }
  | { readonly kind: 'ack'; readonly ack: AckMessage }
  | { readonly kind: 'fault'; readonly fault: FaultMessage }
  | { readonly kind: 'closed'; readonly code: number }
  | { readonly kind: 'nothing' };

export class ConformDevice {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #answers: Answer[] = [];
  #take: ((answer: Answer) => void) | undefined;

  /** @throws Error where there is no connection */
  static async connect(url: string, token: string, clock: Clock = systemClock): Promise<ConformDevice> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws').replace(/\/$/, '')}/feeds/ws`, token ? { headers: { authorization: `Bearer ${token}` } } : {});
    const device = new ConformDevice(socket, clock);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    socket.on('error', () => undefined); // the close that follows says it
    return device;
  }

  private constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on('message', (data) => this.#put(read(String(data))));
    socket.on('close', (code) => this.#put({ kind: 'closed', code }));
  }

  /** Sends a message and waits for the answer to it. */
  ask(message: Uint8Array | object | string): Promise<Answer> {
    this.#socket.send(message instanceof Uint8Array || typeof message === 'string' ? message : JSON.stringify(message));
    const come = this.#answers.shift();
    if (come) return Promise.resolve(come);
    return new Promise((resolve) => {
      const stop = this.#clock.after(ANSWER_WITHIN, () => this.#put({ kind: 'nothing' }));
      this.#take = (answer) => {
        stop();
        resolve(answer);
      };
    });
  }

  close(): void {
    this.#socket.close();
  }

  #put(answer: Answer): void {
    const take = this.#take;
    this.#take = undefined;
    if (take) take(answer);
    else this.#answers.push(answer);
  }
}

function read(text: string): Answer {
  try {
    const { hello, ack, fault } = JSON.parse(text) as { hello?: HelloReply; ack?: AckMessage; fault?: FaultMessage };
    if (hello) return { kind: 'hello', reply: hello };
    if (ack) return { kind: 'ack', ack };
    if (fault) return { kind: 'fault', fault };
  } catch {
    // not JSON: no answer of this protocol
  }
  return { kind: 'nothing' };
}

/**
 * `leadwatch/client`: takes the alerts of a server, in Node or a browser. It resumes after every cut, gives each alert
 * exactly once and in order for each bed, acknowledges for you, and tells where it stands so that you can keep it.
 *
 *   const client = new AlertClient({ url, token, position: load(), onAlert: (alert) => ..., onPosition: save });
 *   await client.command({ type: 'acknowledge', bed: 'bed-3', reason: 'seen' });
 *   client.close();
 */
import { io, type Socket } from 'socket.io-client';
import type { Priority } from '../ecg/alarm.ts';
import type { AlertEvent, AlertPosition, Heartbeat, SubscribeReply, Subscription } from '../dashboard/alert-wire.ts';
import type { CommandReply, PersonCommand } from '../dashboard/wire.ts';

export type { AlertData, AlertEvent, AlertPosition } from '../dashboard/alert-wire.ts';
export type { CommandReply, PersonCommand } from '../dashboard/wire.ts';

export interface AlertClientOptions {
  /** Address of the server, `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly token?: string;
  /** Default: all. */
  readonly beds?: readonly string[];
  readonly wards?: readonly string[];
  readonly priorities?: readonly Priority[];
  /** What `onPosition` last gave, in an earlier life of this program; without it each bed begins with what is on screen. */
  readonly position?: readonly AlertPosition[];
  /**
   * Called once for each alert. The alert is acknowledged when this returns, or when its promise resolves; where it
   * throws or rejects, nothing is acknowledged, the connection begins anew and the alert comes again.
   */
  readonly onAlert: (alert: AlertEvent) => void | Promise<void>;
  /** Everything up to these positions has been taken over; keep them whole, `*` (every other bed) too. */
  readonly onPosition?: (position: readonly AlertPosition[]) => void;
  /** `silent`: connected, but no heartbeat for 2.5 of its periods. */
  readonly onStatus?: (status: AlertStatus, why: string) => void;
}

export type AlertStatus = 'connected' | 'disconnected' | 'silent' | 'refused' | 'missed' | 'failed';

/** Heartbeats that may be late before the server counts as silent. */
const SILENT_AFTER_BEATS = 2.5;
/** Acknowledgements wait this long for others of the same bed. */
const ACKNOWLEDGE_AFTER_MS = 20;
const RECONNECT_MS = 500;
const RECONNECT_MAX_MS = 5000;

export class AlertClient {
  /** What came more than once and was not given again. */
  duplicates = 0;
  readonly #options: AlertClientOptions;
  readonly #socket: Socket;
  readonly #position = new Map<string, AlertPosition>();
  #taking: Promise<void> = Promise.resolve();
  readonly #owed = new Map<string, AlertPosition>();
  #generation = 0;
  #heartbeatMs = 5000;
  #watchdog: ReturnType<typeof setTimeout> | undefined;

  constructor(options: AlertClientOptions) {
    this.#options = options;
    for (const position of options.position ?? []) this.#position.set(position.bed, position);
    this.#socket = io(`${options.url}/alerts`, {
      transports: ['websocket'], forceNew: true, reconnectionDelay: RECONNECT_MS, reconnectionDelayMax: RECONNECT_MAX_MS,
      ...(options.token === undefined ? {} : { auth: { token: options.token } }),
    });
    this.#socket.on('connect', () => void this.#subscribe());
    this.#socket.on('alert', (alert: AlertEvent) => this.#queue(alert));
    this.#socket.on('heartbeat', (beat: Heartbeat & { periodMs?: number }) => this.#heard(beat.periodMs));
    this.#socket.on('expired', () => this.#tell('refused', 'the token has expired'));
    this.#socket.on('connect_error', (error) => this.#tell(this.#socket.active ? 'disconnected' : 'refused', error.message));
    this.#socket.on('disconnect', (reason) => {
      clearTimeout(this.#watchdog);
      this.#generation++;
      this.#owed.clear();
      this.#tell('disconnected', reason);
      // Cut off by the server, which socket.io takes for good; we come back where we stopped.
      if (reason === 'io server disconnect') setTimeout(() => this.#socket.connect(), RECONNECT_MS);
    });
  }

  /** Where this program stands, one position per bed. */
  get position(): readonly AlertPosition[] {
    return [...this.#position.values()];
  }

  /** Asks the server to do something to a bed's alarms. Rejects where there is no answer within five seconds. */
  async command(command: PersonCommand): Promise<CommandReply> {
    return (await this.#socket.timeout(5000).emitWithAck('command', command)) as CommandReply;
  }

  close(): void {
    clearTimeout(this.#watchdog);
    this.#generation++;
    this.#socket.close();
  }

  async #subscribe(): Promise<void> {
    const { beds, wards, priorities } = this.#options;
    const generation = ++this.#generation;
    // What the last connection brought is taken over first, so that it is not asked for again.
    await this.#taking;
    if (generation !== this.#generation) return;
    const subscription: Subscription = { ...(beds && { beds }), ...(wards && { wards }), ...(priorities && { priorities }), resume: this.position };
    try {
      const reply = (await this.#socket.timeout(5000).emitWithAck('subscribe', subscription)) as SubscribeReply;
      if (!reply.ok) {
        this.#tell('refused', reply.message);
        return;
      }
      for (const position of reply.position) if (!this.#position.has(position.bed)) this.#position.set(position.bed, position);
      this.#heard(reply.heartbeatMs);
      this.#tell('connected', '');
      if (reply.missed.length > 0) this.#tell('missed', `changes of ${reply.missed.join(', ')} are older than the server keeps for sending`);
    } catch {
      this.#begin();
    }
  }

  #queue(alert: AlertEvent): void {
    const generation = this.#generation;
    this.#taking = this.#taking.then(async () => {
      // Of a connection that has ended: it comes again on the next.
      if (generation === this.#generation) await this.#take(alert);
    });
  }

  async #take(alert: AlertEvent): Promise<void> {
    const { bed, epoch, seq } = alert.data;
    const known = this.#position.get(bed);
    if (known && (epoch < known.epoch || (epoch === known.epoch && seq <= known.seq))) {
      this.duplicates++;
      this.#acknowledge(known);
      return;
    }
    try {
      await this.#options.onAlert(alert);
    } catch (error) {
      this.#tell('failed', error instanceof Error ? error.message : String(error));
      this.#begin();
      return;
    }
    const position = { bed, epoch, seq };
    this.#position.set(bed, position);
    this.#options.onPosition?.(this.position);
    this.#acknowledge(position);
  }

  /** One message for what comes together: an acknowledgement covers everything before it. */
  #acknowledge(position: AlertPosition): void {
    if (this.#owed.size === 0) {
      setTimeout(() => {
        for (const owed of this.#owed.values()) this.#socket.emit('ack', owed);
        this.#owed.clear();
      }, ACKNOWLEDGE_AFTER_MS);
    }
    this.#owed.set(position.bed, position);
  }

  /** Ends the connection and begins anew, with the position as it is. */
  #begin(): void {
    this.#generation++;
    this.#socket.disconnect();
    setTimeout(() => this.#socket.connect(), RECONNECT_MS);
  }

  #heard(periodMs = this.#heartbeatMs): void {
    this.#heartbeatMs = periodMs;
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      this.#tell('silent', `no heartbeat for ${Math.round((periodMs * SILENT_AFTER_BEATS) / 1000)} s`);
      this.#begin();
    }, periodMs * SILENT_AFTER_BEATS);
  }

  #tell(status: AlertStatus, why: string): void {
    this.#options.onStatus?.(status, why);
  }
}

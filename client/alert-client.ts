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
import type { AlertEvent, AlertPosition, Heartbeat, OnScreen, SubscribeReply, Subscription } from '../dashboard/alert-wire.ts';
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
  /**
   * Everything up to these positions has been taken over; keep them whole, `*` (every other bed) too. Where this throws,
   * that is told (`failed`) and the alerts go on: after a restart, those since what was kept come again.
   */
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
  /** By bed: the last of this connection that waits for the handler, or was given to it. */
  readonly #queued = new Map<string, AlertPosition>();
  /** By bed: the last alert of what was on screen at the first subscription, and where that leads. */
  readonly #onScreen = new Map<string, OnScreen>();
  #generation = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
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
      this.#queued.clear();
      this.#tell('disconnected', reason);
      // Cut off by the server, which socket.io takes for good; we come back where we stopped.
      if (reason === 'io server disconnect') this.#connectAgain();
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
    this.#closed = true;
    clearTimeout(this.#watchdog);
    clearTimeout(this.#again);
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
      if (generation !== this.#generation) return;
      if (!reply.ok) {
        this.#tell('refused', reply.message);
        return;
      }
      this.#beginAt(reply);
      this.#heard(reply.heartbeatMs);
      this.#tell('connected', '');
      if (reply.missed.length > 0) this.#tell('missed', `changes of ${reply.missed.join(', ')} are older than the server keeps for sending`);
    } catch {
      this.#begin();
    }
  }

  #beginAt({ position, onScreen = [] }: Extract<SubscribeReply, { ok: true }>): void {
    const epoch = position.find(({ bed }) => bed === '*')?.epoch ?? Infinity;
    // Of another ledger, whose numbers grew further: what comes now would all pass for old.
    for (const [bed, known] of this.#position) if (known.epoch > epoch) this.#position.delete(bed);
    for (const each of position) if (!this.#position.has(each.bed)) this.#position.set(each.bed, each);
    this.#onScreen.clear();
    for (const each of onScreen) this.#onScreen.set(each.last.bed, each);
  }

  #queue(alert: AlertEvent): void {
    const generation = this.#generation;
    const { bed, epoch, seq } = alert.data;
    const queued = this.#queued.get(bed);
    // Sent again while the handler is still busy: it waits already.
    if (queued && !isAfter(alert.data, queued)) {
      this.duplicates++;
      const known = this.#position.get(bed);
      if (known && !isAfter(alert.data, known)) this.#acknowledge({ bed, epoch, seq });
      return;
    }
    this.#queued.set(bed, { bed, epoch, seq });
    this.#taking = this.#taking.then(async () => {
      // Of a connection that has ended: it comes again on the next.
      if (generation === this.#generation) await this.#take(alert);
    });
  }

  async #take(alert: AlertEvent): Promise<void> {
    const { bed, epoch, seq } = alert.data;
    const known = this.#position.get(bed);
    if (known && !isAfter(alert.data, known)) {
      this.duplicates++;
      this.#acknowledge({ bed, epoch, seq });
      return;
    }
    try {
      await this.#options.onAlert(alert);
    } catch (error) {
      this.#tell('failed', messageOf(error));
      this.#begin();
      return;
    }
    const position = { bed, epoch, seq };
    const begun = this.#onScreen.get(bed);
    this.#position.set(bed, begun?.last.epoch === epoch && begun.last.seq === seq ? begun.stands : position);
    this.#acknowledge(position);
    try {
      this.#options.onPosition?.(this.position);
    } catch (error) {
      this.#tell('failed', `the position was not kept: ${messageOf(error)}`);
    }
  }

  /** One message for what comes together: an acknowledgement covers everything before it. */
  #acknowledge(position: AlertPosition): void {
    if (this.#owed.size === 0) {
      setTimeout(() => {
        for (const owed of this.#owed.values()) this.#socket.emit('ack', owed);
        this.#owed.clear();
      }, ACKNOWLEDGE_AFTER_MS);
    }
    const owed = this.#owed.get(position.bed);
    if (!owed || isAfter(position, owed)) this.#owed.set(position.bed, position);
  }

  /** Ends the connection and begins anew, with the position as it is. */
  #begin(): void {
    this.#generation++;
    this.#queued.clear();
    this.#socket.disconnect();
    this.#connectAgain();
  }

  #connectAgain(): void {
    if (this.#closed) return;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#socket.connect(), RECONNECT_MS);
  }

  #heard(periodMs = this.#heartbeatMs): void {
    this.#heartbeatMs = periodMs;
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      this.#tell('silent', `no heartbeat for ${Math.round((periodMs * SILENT_AFTER_BEATS) / 1000)} s`);
      this.#begin();
    }, periodMs * SILENT_AFTER_BEATS);
  }

  /** A listener that throws must not end the taking of alerts. */
  #tell(status: AlertStatus, why: string): void {
    try {
      this.#options.onStatus?.(status, why);
    } catch (error) {
      console.error(`onStatus failed: ${messageOf(error)}`);
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isAfter = (a: Pick<AlertPosition, 'epoch' | 'seq'>, b: Pick<AlertPosition, 'epoch' | 'seq'>): boolean =>
  a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq);

import type { Clock } from '../../ecg/clock.ts';
import { ms } from '../../ecg/units.ts';
import type { WardCommand } from '../wire.ts';
import { pausedLeft } from './audio/pause.ts';
import type { WardConnection } from './connection.ts';
import { refusalText, texts } from './text/texts.ts';
import type { WardStore } from './ward-store.ts';

/** How long a sentence about a failed command stays. */
const NOTICE = ms(6000);
/** How long a person silences the alarm about a lost connection: the usual audio pause. */
const OWN_PAUSE_MS = 120_000;

/** What a person asks of the ward, and what the page says where it is not done. */
export class WardCommands {
  readonly #clock: Clock;
  readonly #store: WardStore;
  readonly #connection: () => WardConnection;
  readonly #notice: (text: string | null) => void;
  #forget: (() => void) | undefined;
  /** Page time until which the page's own alarm about a lost connection is silent; the server cannot be asked then. */
  #quietUntilMs = 0;

  constructor(clock: Clock, store: WardStore, connection: () => WardConnection, notice: (text: string | null) => void) {
    this.#clock = clock;
    this.#store = store;
    this.#connection = connection;
    this.#notice = notice;
  }

  /** Whether a person has silenced the alarm about a lost connection. */
  get isQuiet(): boolean {
    return this.#clock.now() < this.#quietUntilMs;
  }

  /** @param bed none: all beds */
  togglePause(bed: string | undefined): void {
    if (this.#store.connection === 'lost') {
      this.#quietUntilMs = this.#clock.now() + OWN_PAUSE_MS;
      return;
    }
    const beds = bed === undefined ? this.#store.views() : [this.#store.view(bed)].filter((view) => view !== undefined);
    const type = beds.every((view) => pausedLeft(view, this.#store.serverNowMs) !== null) ? 'resumeAudio' : 'pauseAudio';
    for (const { snapshot } of beds) void this.act({ type, bed: snapshot.bed });
  }

  async act(command: WardCommand): Promise<void> {
    const reply = await this.#connection().send(command);
    if (reply.ok) return;
    this.#forget?.();
    this.#notice(texts.commandFailed(refusalText(reply)));
    this.#forget = this.#clock.after(NOTICE, () => this.#notice(null));
  }
}

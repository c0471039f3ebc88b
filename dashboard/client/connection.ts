import { io, type Socket } from 'socket.io-client';
import type { BedNumerics, CommandReply, PrincipalView, WardCommand, WardSnapshot } from '../wire.ts';
import type { WardStore } from './ward-store.ts';

/** The token lives as long as the tab. It is never written into an address. */
const TOKEN_KEY = 'leadwatch.token';
export const pageToken = (storage: Pick<Storage, 'getItem'>): string | null => storage.getItem(TOKEN_KEY);
const REPLY_WITHIN_MS = 5000;

interface WardEvents {
  principal: (principal: PrincipalView) => void;
  snapshot: (snapshot: WardSnapshot) => void;
  numerics: (numerics: BedNumerics[]) => void;
  waveform: (packed: ArrayBuffer) => void;
}
interface WardRequests {
  command: (command: WardCommand, reply: (reply: CommandReply) => void) => void;
}

/** The socket of the page. Reconnects by itself and then asks again for the leads of the open bed. */
export class WardConnection {
  readonly #socket: Socket<WardEvents, WardRequests>;
  #watched: string | null = null;

  /**
   * @param changed called after every message that views may want to show
   * @param refused called when the server wants a token, or another one
   */
  constructor(store: WardStore, storage: Storage, changed: () => void, refused: (hadToken: boolean) => void) {
    const socket: Socket<WardEvents, WardRequests> = io('/ward', {
      transports: ['websocket', 'polling'],
      auth: (give) => give({ token: storage.getItem(TOKEN_KEY) ?? undefined }),
      reconnectionDelay: 500,
      reconnectionDelayMax: 3000,
    });
    this.#socket = socket;
    socket.on('connect', () => {
      store.setSocket('open');
      if (this.#watched !== null) void this.send({ type: 'watch', bed: this.#watched });
      changed();
    });
    socket.on('disconnect', (reason) => {
      store.setSocket('closed');
      // The server closed on purpose; the client library does not come back from that by itself.
      if (reason === 'io server disconnect') socket.connect();
      changed();
    });
    socket.on('connect_error', () => {
      // A socket that goes on trying by itself met a transport fault; only an inactive one was refused.
      if (socket.active) store.setSocket('closed');
      else {
        store.setSocket('refused');
        refused(storage.getItem(TOKEN_KEY) !== null);
      }
      changed();
    });
    socket.on('principal', ({ role }) => {
      store.role = role;
      changed();
    });
    socket.on('snapshot', (snapshot) => {
      store.takeSnapshot(snapshot);
      changed();
    });
    socket.on('numerics', (numerics) => {
      store.takeNumerics(numerics);
      changed();
    });
    socket.on('waveform', (packed) => store.takeWaveforms(new Uint8Array(packed)));
  }

  useToken(storage: Storage, token: string): void {
    storage.setItem(TOKEN_KEY, token);
    this.#socket.connect();
  }

  watch(bed: string | null): void {
    if (bed === this.#watched) return;
    this.#watched = bed;
    void this.send({ type: 'watch', bed });
  }

  /** Sends a command. A server that cannot be reached answers like one that refuses. */
  async send(command: WardCommand): Promise<CommandReply> {
    if (!this.#socket.connected) return { ok: false, code: 'NOT_CONNECTED', message: 'not connected to the server' };
    try {
      return await this.#socket.timeout(REPLY_WITHIN_MS).emitWithAck('command', command);
    } catch {
      return { ok: false, code: 'NO_REPLY', message: `no answer from the server within ${REPLY_WITHIN_MS / 1000} s` };
    }
  }
}

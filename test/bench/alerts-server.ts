/** The server of `bench alerts`, in a process of its own so that it can be killed: it raises alarms until it is told to stop. */
import { loadConfig } from '../../config.ts';
import { systemClock } from '../../ecg/clock.ts';
import { ms } from '../../ecg/units.ts';
import { startServer } from '../../serve.ts';

export interface StormOrder {
  readonly stateDirectory: string;
  readonly port: number;
  /** Beds; none raises no alarm by itself. */
  readonly beds: number;
  /** Changes a second, over all beds. */
  readonly rate: number;
}
export type ToServer = StormOrder | { readonly stop: true };
export type FromServer = { readonly ready: string } | { readonly last: readonly { readonly bed: string; readonly epoch: number; readonly seq: number }[] };

const tell = (message: FromServer): void => void process.send!(message);

async function main({ stateDirectory, port, beds, rate }: StormOrder): Promise<void> {
  const server = await startServer(loadConfig({ port, model: null, logLevel: 'fatal', stateDirectory, history: { kind: 'none' } }, {}));
  const { desk } = server;
  let turn = 0;
  // Round and round the beds: data stop, somebody acknowledges, data come. The one condition without a release delay: each turn is a change.
  const raise = (): void => {
    const bed = `bed-${(turn % beds) + 1}`;
    const phase = Math.floor(turn++ / beds) % 3;
    if (phase === 1) desk.apply(bed, { type: 'acknowledge' });
    else desk.apply(bed, { type: 'condition', condition: 'noData', active: phase === 0, onsetMs: systemClock.now(), cause: 'bench' });
  };
  const stopRaising = beds > 0 ? systemClock.every(ms(1000 / rate), raise) : () => undefined;
  process.on('message', (message: ToServer) => {
    if (!('stop' in message)) return;
    stopRaising();
    // What has been raised is delivered within the durability wait; what was restored has its release delay behind it.
    systemClock.after(ms(4000), () => {
      tell({ last: desk.beds().flatMap((bed) => desk.since(bed, 0, 0).slice(-1).map(({ epoch, seq }) => ({ bed, epoch, seq }))) });
      process.on('message', () => void server.close().then(() => process.exit(0)));
    });
  });
  tell({ ready: server.url });
}

process.once('message', (order: StormOrder) => void main(order));

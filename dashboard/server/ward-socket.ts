/**
 * Serves `/ward` to pages. Waveforms go out ten times a second, one packed message for all beds; a page that cannot
 * keep up loses waveforms (a visible gap), then its connection, and never slows the line.
 */
import type { Observable } from 'rxjs';
import type { Namespace, Socket } from 'socket.io';
import { z } from 'zod';
import type { Clock } from '../../ecg/clock.ts';
import { ms } from '../../ecg/units.ts';
import type { Principal } from '../../stream/access.ts';
import type { AlarmDesk } from '../../stream/alarm/desk.ts';
import type { Ward } from '../../stream/ward.ts';
import { packWaveforms, type CommandReply, type PrincipalView, type WaveformBlock } from '../wire.ts';
import { shownFrequency } from '../../stream/filter.ts';
import { Backlog } from './backlog.ts';
import { tokenOf } from '../../stream/handshake-token.ts';
import { waitingPackets } from './waiting-packets.ts';
import { primaryLead, type WardView } from './ward-view.ts';

const WAVEFORM_PERIOD = ms(100);
const NUMERICS_PERIOD = ms(1000);
/** Packets that may wait in a page's connection before its waveforms are dropped, and before it is cut off. */
const SLOW_PACKETS = 8;
const STUCK_PACKETS = 120;

const watchCommand = z.strictObject({ type: z.literal('watch'), bed: z.string().min(1).max(32).nullable() });

export interface WardSocketParts {
  readonly ward: Ward;
  readonly desk: AlarmDesk;
  readonly view: WardView;
  readonly clock: Clock;
  /** Another model or other labels: pages are told. */
  readonly labelsChanged$: Observable<unknown>;
  readonly principalOf: (token: string | undefined) => Principal | undefined;
  /** Carries out what a person does to alarms. */
  readonly carryOut: (message: unknown, who: Principal | undefined) => CommandReply;
}

export interface WardSocketCounters {
  /** Waveform messages not sent because a page was slow. */
  droppedWaveforms: number;
  cutOff: number;
}

/** @returns counters, and a function that ends the timers */
export function serveWard(namespace: Namespace, parts: WardSocketParts): { counters: WardSocketCounters; close: () => void } {
  const { ward, desk, view, clock } = parts;
  const counters: WardSocketCounters = { droppedWaveforms: 0, cutOff: 0 };
  const watching = new Map<Socket, string | null>();
  let waiting: (WaveformBlock & { readonly bed: string; readonly primary: boolean })[] = [];
  const backlog = new Backlog();
  let snapshotDue = false;

  namespace.use((socket, next) => next(parts.principalOf(tokenOf(socket)) ? undefined : new Error('UNAUTHORISED')));
  namespace.on('connection', (socket) => {
    watching.set(socket, null);
    const person: PrincipalView | undefined = parts.principalOf(tokenOf(socket));
    if (person) socket.emit('principal', person);
    socket.emit('snapshot', view.snapshot());
    socket.emit('waveform', packWaveforms(backlog.blocks((bed, lead) => lead === primaryLead(bed.hello.leads))));
    const watch = (watched: string | null): void => {
      watching.set(socket, watched);
      const others = backlog.blocks((bed, lead) => bed.bed === watched && lead !== primaryLead(bed.hello.leads));
      if (others.length > 0) socket.emit('waveform', packWaveforms(others));
    };
    socket.on('disconnect', () => watching.delete(socket));
    socket.on('command', (message: unknown, reply: unknown) => {
      const wanted = watchCommand.safeParse(message).data;
      const answer = wanted ? look(wanted.bed, ward, watch) : parts.carryOut(message, parts.principalOf(tokenOf(socket)));
      if (typeof reply === 'function') reply(answer);
    });
  });

  const subscriptions = [
    ward.shown$.subscribe((shown) => {
      const { bed, startIndex, samplesUv } = shown;
      backlog.keep(shown, shownFrequency(bed.hello.samplingFrequency));
      if (watching.size === 0) return;
      const first = primaryLead(bed.hello.leads);
      const watched = [...watching.values()].includes(bed.bed);
      samplesUv.forEach((samples, lead) => {
        if (lead !== first && !watched) return;
        waiting.push({ slot: bed.slot, lead, epoch: bed.epoch, startIndex, samplesUv: samples, bed: bed.bed, primary: lead === first });
      });
    }),
    ward.changed$.subscribe(() => (snapshotDue = true)),
    desk.limitsChanged$.subscribe(() => (snapshotDue = true)),
    desk.bandChanged$.subscribe((bed) => {
      // The snapshot goes out before what comes from now on: no page draws samples of one band under the name of the other.
      backlog.forget(bed);
      waiting = waiting.filter((block) => block.bed !== bed);
      snapshotDue = true;
    }),
    parts.labelsChanged$.subscribe(() => (snapshotDue = true)),
    desk.changed$.subscribe((bed) => {
      const found = ward.bed(bed);
      if (found) namespace.emit('numerics', [view.numerics(found)]);
    }),
  ];

  const sendWaveforms = (): void => {
    if (snapshotDue) {
      snapshotDue = false;
      namespace.emit('snapshot', view.snapshot());
    }
    if (waiting.length === 0) return;
    const blocks = waiting.splice(0);
    const common = packWaveforms(blocks.filter((block) => block.primary));
    const extra = new Map<string, Uint8Array>();
    for (const [socket, watched] of watching) {
      if (!mayReceive(socket)) continue;
      socket.emit('waveform', common);
      if (watched === null) continue;
      if (!extra.has(watched)) extra.set(watched, packWaveforms(blocks.filter((block) => block.bed === watched && !block.primary)));
      const more = extra.get(watched)!;
      if (more.byteLength > 0) socket.emit('waveform', more);
    }
  };
  const mayReceive = (socket: Socket): boolean => {
    const backlog = waitingPackets(socket);
    if (backlog <= SLOW_PACKETS) return true;
    counters.droppedWaveforms++;
    if (backlog > STUCK_PACKETS) {
      counters.cutOff++;
      socket.disconnect(true);
    }
    return false;
  };

  const stop = [
    clock.every(WAVEFORM_PERIOD, sendWaveforms),
    clock.every(NUMERICS_PERIOD, () => {
      backlog.expire(clock.now());
      if (watching.size > 0) namespace.emit('numerics', ward.beds().map((bed) => view.numerics(bed)));
    }),
  ];
  return {
    counters,
    close: () => {
      for (const end of stop) end();
      for (const subscription of subscriptions) subscription.unsubscribe();
    },
  };
}

function look(bed: string | null, ward: Ward, watch: (bed: string | null) => void): CommandReply {
  if (bed !== null && !ward.bed(bed)) return { ok: false, code: 'COMMAND_INVALID', message: `expected a bed of this ward, received ${bed}` };
  watch(bed);
  return { ok: true };
}

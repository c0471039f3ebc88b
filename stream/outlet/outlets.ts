/** Every configured receiver beside `/alerts`: webhooks and HL7 v2, each with its own queue, which begins where it ended before. */
import type { Subscription } from 'rxjs';
import type { AlarmDesk } from '../alarm/desk.ts';
import type { DeadLetters } from './dead-letters.ts';
import { OutletQueue, type Outlet, type OutletCounters, type OutletQueueParts } from './outlet-queue.ts';

export interface OutletFigures extends OutletCounters {
  readonly name: string;
  readonly waiting: number;
}

export interface Outlets {
  figures(): OutletFigures[];
  readonly deadLetters: DeadLetters;
  close(): Promise<void>;
}

export function serveOutlets(desk: Pick<AlarmDesk, 'beds' | 'since' | 'delivered$'>, outlets: readonly Outlet[], parts: OutletQueueParts): Outlets {
  const queues = outlets.map((outlet) => new OutletQueue(outlet, parts));
  for (const queue of queues) {
    const known = parts.positions.knows(queue.name);
    parts.positions.begin(queue.name);
    for (const bed of desk.beds()) {
      const { epoch, seq } = parts.positions.of(queue.name, bed) ?? { epoch: 0, seq: 0 };
      const unsent = desk.since(bed, epoch, seq);
      // A receiver that is new begins with what comes from now on.
      if (known) unsent.forEach((alarm) => queue.offer(alarm));
      else if (unsent.length > 0) parts.positions.set(queue.name, bed, unsent.at(-1)!);
    }
  }
  const subscription: Subscription = desk.delivered$.subscribe((alarm) => {
    for (const queue of queues) queue.offer(alarm);
  });
  return {
    figures: () => queues.map(({ name, waiting, counters }) => ({ name, waiting, ...counters })),
    deadLetters: parts.deadLetters,
    async close() {
      subscription.unsubscribe();
      for (const queue of queues) queue.close();
      await Promise.all([parts.deadLetters.close(), parts.positions.close()]);
    },
  };
}

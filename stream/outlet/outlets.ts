/** Every configured receiver beside `/alerts`: webhooks and HL7 v2, each with its own queue. */
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

export function serveOutlets(desk: AlarmDesk, outlets: readonly Outlet[], parts: OutletQueueParts): Outlets {
  const queues = outlets.map((outlet) => new OutletQueue(outlet, parts));
  const subscription: Subscription = desk.delivered$.subscribe((alarm) => {
    for (const queue of queues) queue.offer(alarm);
  });
  return {
    figures: () => queues.map(({ name, waiting, counters }) => ({ name, waiting, ...counters })),
    deadLetters: parts.deadLetters,
    async close() {
      subscription.unsubscribe();
      for (const queue of queues) queue.close();
      await parts.deadLetters.close();
    },
  };
}

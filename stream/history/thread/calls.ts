/** What passes between the server and a thread of the history. */
import type { ErrorCode } from '../../../ecg/errors.ts';

export interface ThreadStart {
  /** Address of the module that answers. */
  readonly module: string;
  readonly data: unknown;
}

/** A call of one of the thread's methods. */
export interface ThreadCall {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

export type ThreadReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown; readonly tookMs: number }
  | { readonly id: number; readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** The memory of arrays somewhere in a value, to be handed over instead of copied: whoever sends it has it no longer. */
export function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (Array.isArray(value)) {
    for (const item of value) buffersOf(item, found);
  } else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) buffersOf(item, found);
  }
  return [...found];
}

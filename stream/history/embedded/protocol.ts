/** What passes between the embedded store and its two threads. */
import type { ErrorCode } from '../../../ecg/errors.ts';
import type { EmbeddedOptions } from './options.ts';

export interface ThreadData {
  readonly role: 'writer' | 'reader';
  readonly options: EmbeddedOptions;
}

/** A call of one method of the writer or the reader. */
export interface ThreadCall {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

export type ThreadReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown; readonly tookMs: number }
  | { readonly id: number; readonly ok: false; readonly code: ErrorCode; readonly message: string };

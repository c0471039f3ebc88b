/** Options that `leadwatch replay` and `leadwatch simulate` share. */
import { InvalidArgumentError, Option } from 'commander';
import { BED_SLUG } from './feed.ts';

export const tokenOption = (): Option => new Option('--token <token>', 'what the server lets this device in by').env('LEADWATCH_FEED_TOKEN').default('');

/** `3` and `bed-3` are the same bed. @throws InvalidArgumentError */
export function parseBed(text: string): string {
  const bed = /^\d+$/.test(text) ? `bed-${text}` : text;
  if (!BED_SLUG.test(bed)) throw new InvalidArgumentError('expected a number or a slug of a-z, 0-9 and "-", at most 32 characters');
  return bed;
}

/** Resolves at the first Ctrl-C or termination signal. */
export const untilInterrupted = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });

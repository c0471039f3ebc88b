/** Reads a ledger file line by line, in pieces, and checks the chain: each line begins with the hash of what stood before it and of itself. */
import { createHash } from 'node:crypto';
import { EcgError } from '../../ecg/errors.ts';
import { isContinuation, type LedgerLine } from './entries.ts';

export const NO_HASH = '0'.repeat(64);
const LINE_FEED = 0x0a;

export const chain = (previous: string, body: string): string => createHash('sha256').update(previous).update(body).digest('hex');

export class LedgerReader {
  /** Of the last whole line. */
  hash = NO_HASH;
  /** Up to the end of the last whole line. */
  goodBytes = 0;
  /** So many whole lines. */
  lines = 0;
  readonly #take: (line: LedgerLine) => void;
  readonly #from: string;
  #rest: Buffer = Buffer.alloc(0);

  /** @param take given every line that follows from the one before */
  constructor(from: string, take: (line: LedgerLine) => void) {
    this.#from = from;
    this.#take = take;
  }

  /** The next bytes of the file, as many as there are. @throws EcgError LEDGER_CORRUPT at the first line that does not follow from the one before */
  push(piece: Buffer): void {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      this.#line(bytes.toString('utf8', start, end));
      start = end + 1;
    }
    this.goodBytes += start;
    this.#rest = bytes.subarray(start);
  }

  #line(text: string): void {
    this.lines++;
    const claimed = text.slice(0, NO_HASH.length);
    const body = text.slice(NO_HASH.length + 1);
    const line = this.#parsed(body);
    const before = this.lines === 1 && line && isContinuation(line) ? line.continues?.hash ?? NO_HASH : this.hash;
    const expected = chain(before, body);
    if (!line || claimed !== expected || text[NO_HASH.length] !== ' ') {
      throw new EcgError('LEDGER_CORRUPT', `line ${this.lines} of the alarm ledger does not follow from the one before`, {
        expected: `hash ${expected.slice(0, 12)}...`, received: `${claimed.slice(0, 12)}...`, from: this.#from });
    }
    this.hash = claimed;
    this.#take(line);
  }

  #parsed(body: string): LedgerLine | undefined {
    try {
      return JSON.parse(body) as LedgerLine;
    } catch {
      return undefined; // not what we wrote, whatever its hash says
    }
  }
}

/** Every line of a ledger that is in memory as a whole, up to a torn last one. @throws EcgError LEDGER_CORRUPT */
export function parseLedger(bytes: Buffer, from: string): { readonly entries: LedgerLine[]; readonly hash: string; readonly goodBytes: number } {
  const entries: LedgerLine[] = [];
  const reader = new LedgerReader(from, (line) => entries.push(line));
  reader.push(bytes);
  return { entries, hash: reader.hash, goodBytes: reader.goodBytes };
}

/** MLLP: messages between 0x0B and 0x1C 0x0D. Bytes outside are dropped; a message has a bound. */
import { EcgError } from '../../../ecg/errors.ts';

const START = 0x0b;
const END = 0x1c;
const RETURN = 0x0d;
/** Twelve leads at 4,000 Hz, a second of them as text, and room. */
export const MAX_MESSAGE_BYTES = 2_000_000;

export class MllpReader {
  #parts: Uint8Array[] = [];
  #length = 0;
  #inside = false;

  /** @returns the messages that are complete now. @throws EcgError HL7_INVALID where one grows beyond its bound */
  push(bytes: Uint8Array): Uint8Array[] {
    const messages: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      if (!this.#inside) {
        const start = bytes.indexOf(START, at);
        if (start < 0) break;
        this.#inside = true;
        at = start + 1;
        continue;
      }
      const end = bytes.indexOf(END, at);
      this.#keep(bytes.subarray(at, end < 0 ? bytes.length : end));
      if (end < 0) break;
      messages.push(Buffer.concat(this.#parts, this.#length));
      this.#parts = [];
      this.#length = 0;
      this.#inside = false;
      at = end + 1;
    }
    return messages;
  }

  #keep(part: Uint8Array): void {
    this.#length += part.length;
    if (this.#length > MAX_MESSAGE_BYTES) {
      throw new EcgError('HL7_INVALID', 'the message has no end', { expected: `at most ${MAX_MESSAGE_BYTES} bytes`, received: `${this.#length}` });
    }
    // A copy: the socket's buffer is used again.
    this.#parts.push(part.slice());
  }
}

export const frameMllp = (text: string): Uint8Array => Buffer.concat([Buffer.of(START), Buffer.from(text, 'utf8'), Buffer.of(END, RETURN)]);

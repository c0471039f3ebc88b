/**
 * WFDB annotation files in MIT format (`.atr`), as annot(5) of the WFDB Applications Guide describes them: little-endian
 * words of a 6-bit code and a 10-bit number, which is the time since the annotation before, or belongs to a pseudo-code.
 */
import { EcgError } from '../errors.ts';
import type { Annotation } from '../record.ts';

/** ecgcodes.h: mnemonic of each annotation code; an unassigned code reads as `[code]`. */
export const SYMBOLS: readonly string[] = [
  ' ', 'N', 'L', 'R', 'a', 'V', 'F', 'J', 'A', 'S', 'E', 'j', '/', 'Q', '~', '[15]', '|', '[17]', 's', 'T', '*',
  'D', '"', '=', 'p', 'B', '^', 't', '+', 'u', '?', '!', '[', ']', 'e', 'n', '@', 'x', 'f', '(', ')', 'r',
];
const SKIP = 59;
const NUM = 60;
const SUB = 61;
const CHN = 62;
const AUX = 63;

/**
 * @param from path or name, for the error
 * @returns annotations in file order; NUM and CHN fields are read over, nothing here needs them
 * @throws EcgError WFDB_ANNOTATION where the file ends inside an annotation or without its end mark
 */
export function parseAnnotations(bytes: Uint8Array, from: string): Annotation[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const need = (at: number, count: number, what: string): void => {
    if (at + count <= bytes.byteLength) return;
    throw new EcgError('WFDB_ANNOTATION', `the annotation file ends inside ${what}`, {
      expected: `${at + count} bytes at least`, received: `${bytes.byteLength}`, from });
  };
  const annotations: { sample: number; symbol: string; aux: string; subtype: number }[] = [];
  let sample = 0;
  for (let at = 0; ; ) {
    need(at, 2, 'its list (no end mark)');
    const word = view.getUint16(at, true);
    at += 2;
    if (word === 0) return annotations;
    const code = word >> 10;
    const value = word & 0x3ff;
    const current = annotations.at(-1);
    if (code === SKIP) {
      need(at, 4, 'a SKIP');
      // A PDP-11 long: high word first, each word little-endian.
      sample += (view.getInt16(at, true) << 16) | view.getUint16(at + 2, true);
      at += 4;
    } else if (code === AUX) {
      need(at, value, 'an AUX text');
      if (current) current.aux = textOf(bytes.subarray(at, at + value));
      at += value + (value % 2);
    } else if (code === SUB) {
      if (current) current.subtype = (value << 24) >> 24;
    } else if (code !== NUM && code !== CHN) {
      sample += value;
      annotations.push({ sample, symbol: SYMBOLS[code] ?? `[${code}]`, aux: '', subtype: 0 });
    }
  }
}

// Texts are often stored with a closing zero.
const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes).replace(/\0+$/, '');

/** Writes a WFDB record: header, signal file in format 16, and an annotation file where there are annotations. */
import type { Annotation } from '../record.ts';
import { SYMBOLS } from './wfdb-annotation.ts';
import { packSignals } from './wfdb-pack.ts';
import { checksumOf, MISSING_SAMPLE } from './wfdb-signal.ts';
import type { DigitalRecord } from './wfdb.ts';

const FORMAT = 16;
/** annot(5): the longest interval one word holds; beyond it a SKIP comes before. */
const MAX_INTERVAL = 1023;
const SKIP = 59;
const AUX = 63;
/** annot(5): lengths of AUX texts are one byte. */
const MAX_AUX = 255;
const NOTE = SYMBOLS.indexOf('"');

/**
 * @param startMs time of the first sample, ms since 1970, written as base time and date in UTC
 * @returns files by name: `NAME.hea`, `NAME.dat`, and `NAME.atr` where there are annotations
 * @throws EcgError WFDB_FORMAT where a sample does not fit in 16 bits
 */
export function writeWfdb(record: DigitalRecord, startMs: number, annotations: readonly Annotation[] = []): Record<string, Uint8Array> {
  const { name, samplingFrequency, leads, adu, adcGain, baseline, comments } = record;
  const start = new Date(Math.round(startMs)).toISOString();
  const [year, month, day] = start.slice(0, 10).split('-');
  const lines = [
    `${name} ${leads.length} ${samplingFrequency} ${adu[0]?.length ?? 0} ${start.slice(11, 23)} ${day}/${month}/${year}`,
    ...leads.map((lead, i) => {
      const first = adu[i]![0] ?? 0;
      const initial = first === MISSING_SAMPLE ? -(2 ** 15) : first;
      return `${name}.dat ${FORMAT} ${adcGain[i]!}(${Math.round(baseline[i]!)})/mV 16 0 ${initial} ${checksumOf(adu[i]!, FORMAT)} 0 ${lead}`;
    }),
    ...comments.map((comment) => `# ${comment}`),
  ];
  const files: Record<string, Uint8Array> = {
    [`${name}.hea`]: bytesOf(`${lines.join('\n')}\n`),
    [`${name}.dat`]: packSignals(adu, FORMAT, name),
  };
  if (annotations.length > 0) files[`${name}.atr`] = packAnnotations(annotations);
  return files;
}

/** annot(5), MIT format. A symbol that WFDB does not know becomes a note with the symbol as its text. */
export function packAnnotations(annotations: readonly Annotation[]): Uint8Array {
  const out: number[] = [];
  const word = (value: number): void => void out.push(value & 0xff, (value >> 8) & 0xff);
  let last = 0;
  for (const { sample, symbol, aux } of [...annotations].sort((a, b) => a.sample - b.sample)) {
    const known = SYMBOLS.indexOf(symbol);
    const code = known > 0 ? known : NOTE;
    const text = known > 0 ? aux : `${symbol} ${aux}`.trim();
    let interval = sample - last;
    if (interval < 0 || interval > MAX_INTERVAL) {
      word(SKIP << 10);
      word(interval >> 16); // high word first, as a PDP-11 had it
      word(interval & 0xffff);
      interval = 0;
    }
    word((code << 10) | interval);
    last = sample;
    if (text === '') continue;
    const bytes = bytesOf(text).subarray(0, MAX_AUX);
    word((AUX << 10) | bytes.length);
    out.push(...bytes, ...(bytes.length % 2 === 1 ? [0] : []));
  }
  word(0);
  return Uint8Array.from(out);
}

/** Headers and texts are ASCII; anything else becomes a question mark. */
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => (character.charCodeAt(0) < 128 ? character.charCodeAt(0) : 63));

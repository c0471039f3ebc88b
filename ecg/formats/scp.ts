/**
 * SCP-ECG (EN 1064 / ISO 11073-91064): the rhythm data of sections 3 and 6, plain or Huffman-coded with the standard's
 * default table, with first or second differences. Refused, and said so: own Huffman tables (section 2), subtracted
 * reference beats, bimodal compression.
 */
import { EcgError } from '../errors.ts';
import { canonicalLead } from '../leads.ts';
import { hz } from '../units.ts';
import { MISSING_SAMPLE, type DigitalRecord } from './wfdb.ts';

/** Section 2 names the default table by this number. */
const DEFAULT_TABLE = 19_999;
/** Bytes of a section's own header: CRC, number, length, versions, reserved. */
const SECTION_HEADER = 16;
/** Lead numbers of EN 1064, section 3. */
const LEADS: Readonly<Record<number, string>> = {
  1: 'I', 2: 'II', 3: 'V1', 4: 'V2', 5: 'V3', 6: 'V4', 7: 'V5', 8: 'V6', 61: 'III', 62: 'aVR', 63: 'aVL', 64: 'aVF' };

/** @throws EcgError RECORDING_FORMAT */
export function readScp(bytes: Uint8Array, name: string): DigitalRecord {
  const refuse = (what: string, expected: string, received: string): EcgError => new EcgError('RECORDING_FORMAT', what, { expected, received, from: name });
  const sections = sectionsOf(bytes, refuse);
  const leadSection = sections.get(3);
  const rhythm = sections.get(6);
  if (!leadSection || !rhythm) throw refuse('the SCP-ECG file holds no rhythm', 'sections 3 and 6', [...sections.keys()].join(', '));
  const tables = sections.get(2);
  if (tables && u16(tables, 0, refuse) !== DEFAULT_TABLE) throw refuse('the SCP-ECG file brings its own Huffman tables', 'the default table', `${u16(tables, 0, refuse)} tables`);

  const count = u8(leadSection, 0, refuse);
  if ((u8(leadSection, 1, refuse) & 1) === 1) throw refuse('reference beats are subtracted from the rhythm', 'the rhythm itself', 'flag set in section 3');
  const [nanovolts, interval, order, bimodal] = [u16(rhythm, 0, refuse), u16(rhythm, 2, refuse), u8(rhythm, 4, refuse), u8(rhythm, 5, refuse)];
  if (bimodal !== 0) throw refuse('the rhythm is in bimodal compression', 'no bimodal compression', `${bimodal}`);
  if (count === 0 || nanovolts === 0 || interval === 0 || order > 2) {
    throw refuse('the SCP-ECG rhythm is described impossibly', 'leads, a resolution, an interval, differences up to 2', `${count}, ${nanovolts} nV, ${interval} us, ${order}`);
  }
  const described = Array.from({ length: count }, (_, i) => {
    const id = u8(leadSection, 2 + 9 * i + 8, refuse);
    return { lead: LEADS[id] && canonicalLead(LEADS[id]), first: u32(leadSection, 2 + 9 * i, refuse), last: u32(leadSection, 6 + 9 * i, refuse), bytes: u16(rhythm, 6 + 2 * i, refuse) };
  });
  const begin = Math.min(...described.map(({ first }) => first));
  const length = Math.max(...described.map(({ last }) => last)) - begin + 1;
  // A sample takes a bit at least, so a longer rhythm is a damaged file's, and no reason to reserve memory.
  const most = 8 * rhythm.length;
  if (!(length > 0 && length <= most)) throw refuse('the SCP-ECG rhythm has an impossible length', `1 to ${most} samples`, `${length}`);

  let at = 6 + 2 * count;
  const leads: string[] = [];
  const adu: Int32Array[] = [];
  for (const { lead, first, last, bytes: size } of described) {
    const coded = rhythm.subarray(at, at + size);
    at += size;
    if (lead === undefined) continue;
    const samples = last - first + 1;
    if (samples < 0) throw refuse(`lead ${lead} ends before it begins`, `at least sample ${first}`, `${last}`);
    const values = tables ? decodeHuffman(coded, samples) : decodePlain(coded, samples);
    if (!values) throw refuse(`the samples of lead ${lead} end early`, `${samples} samples`, `${coded.length} bytes`);
    integrate(values, order);
    const out = new Int32Array(length).fill(MISSING_SAMPLE);
    out.set(values, first - begin);
    leads.push(lead);
    adu.push(out);
  }
  if (leads.length === 0) throw refuse('the SCP-ECG file holds no lead that is known', Object.values(LEADS).join(', '), `${count} others`);
  return {
    name, samplingFrequency: hz(1e6 / interval), leads, adu, adcGain: leads.map(() => 1e6 / nanovolts), baseline: leads.map(() => 0),
    railAdu: [-(2 ** 15), 2 ** 15 - 1], comments: [] };
}

type Refuse = (what: string, expected: string, received: string) => EcgError;

/** Section 0 points to the others. @returns each section's content after its own header */
function sectionsOf(bytes: Uint8Array, refuse: Refuse): Map<number, Uint8Array> {
  const pointers = bytes.subarray(6);
  if (u16(pointers, 2, refuse) !== 0) throw refuse('the file is not SCP-ECG', 'section 0 at byte 6', `section ${u16(pointers, 2, refuse)}`);
  const end = Math.min(u32(pointers, 4, refuse), pointers.length);
  const sections = new Map<number, Uint8Array>();
  for (let at = SECTION_HEADER; at + 10 <= end; at += 10) {
    const [id, length, place] = [u16(pointers, at, refuse), u32(pointers, at + 2, refuse), u32(pointers, at + 6, refuse)];
    if (length <= SECTION_HEADER || id === 0) continue;
    if (place < 1 || place - 1 + length > bytes.length) throw refuse(`section ${id} lies outside the file`, `up to byte ${bytes.length}`, `${place} + ${length}`);
    sections.set(id, bytes.subarray(place - 1 + SECTION_HEADER, place - 1 + length));
  }
  return sections;
}

/**
 * The default table: `0` is 0; n ones, a zero and a sign bit are +-n for n up to 8; nine ones and a zero announce an 8-bit
 * value, ten ones a 16-bit one. Undefined where the bits end before the samples do.
 */
function decodeHuffman(coded: Uint8Array, samples: number): Int32Array | undefined {
  const bits = coded.length * 8;
  if (samples > bits) return undefined; // a sample takes a bit at least
  const out = new Int32Array(samples);
  let at = 0;
  const bit = (): number => {
    const value = (coded[at >> 3]! >> (7 - (at & 7))) & 1;
    at++;
    return value;
  };
  const number = (width: number): number => {
    let value = 0;
    for (let i = 0; i < width; i++) value = (value << 1) | bit();
    return (value << (32 - width)) >> (32 - width);
  };
  for (let n = 0; n < samples; n++) {
    let ones = 0;
    while (ones < 10 && at < bits && bit() === 1) ones++;
    const width = ones === 10 ? 16 : ones === 9 ? 8 : ones === 0 ? 0 : 1;
    if (at + width > bits) return undefined;
    if (width >= 8) out[n] = number(width);
    else if (width === 1) out[n] = bit() === 0 ? ones : -ones;
  }
  return out;
}

function decodePlain(coded: Uint8Array, samples: number): Int32Array | undefined {
  if (coded.length < 2 * samples) return undefined;
  const view = new DataView(coded.buffer, coded.byteOffset, coded.byteLength);
  return Int32Array.from({ length: samples }, (_, i) => view.getInt16(2 * i, true));
}

/** Undoes first or second differences; the first samples stand as they are. */
function integrate(values: Int32Array, order: number): void {
  for (let i = order; i < values.length && order > 0; i++) values[i]! += order === 1 ? values[i - 1]! : 2 * values[i - 1]! - values[i - 2]!;
}

function u8(bytes: Uint8Array, at: number, refuse: Refuse): number {
  if (at >= bytes.length) throw refuse('the SCP-ECG file is cut short', `a byte at ${at}`, `${bytes.length} bytes`);
  return bytes[at]!;
}
const u16 = (bytes: Uint8Array, at: number, refuse: Refuse): number => u8(bytes, at, refuse) + 256 * u8(bytes, at + 1, refuse);
const u32 = (bytes: Uint8Array, at: number, refuse: Refuse): number => u16(bytes, at, refuse) + 65_536 * u16(bytes, at + 2, refuse);

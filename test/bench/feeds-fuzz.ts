/**
 * Malformed inputs for every decoder of a feed: valid ones, damaged in seeded ways. A decoder may read what comes or
 * refuse it with an error of the catalogue; anything else, or more than a second, is a failure.
 */
import { deflateSync } from 'node:zlib';
import { isEcgError } from '../../ecg/errors.ts';
import { readEdf } from '../../ecg/formats/edf.ts';
import { readScp } from '../../ecg/formats/scp.ts';
import { decodeFrame, encodeFrame } from '../../ecg/frame.ts';
import { seededRandom, type Random } from '../../ecg/simulator/random.ts';
import { parseHello } from '../../stream/feed/feed.ts';
import { waveformOfObservation } from '../../stream/feed/fhir/observation.ts';
import { parseGreeting } from '../../stream/feed/greeting.ts';
import { parseSampleLine } from '../../stream/feed/line/sample-line.ts';
import { parseTopic } from '../../stream/feed/mqtt/topics.ts';
import { readUpload } from '../../stream/feed/vital/rooms.ts';
import { parseHl7 } from '../../stream/feed/hl7/message.ts';
import { MllpReader, frameMllp } from '../../stream/feed/hl7/mllp.ts';
import { patientOf } from '../../stream/feed/hl7/admission.ts';
import { waveformOf } from '../../stream/feed/hl7/waveform.ts';
import { readDicomEcg } from '../../stream/recordings/dicom-ecg.ts';
import { readSierra } from '../../stream/recordings/sierra-xml.ts';

export interface FuzzTarget {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  decode(bytes: Uint8Array): void;
}

export interface FuzzResult {
  readonly inputs: number;
  readonly refused: number;
  readonly failures: readonly string[];
  readonly slowestMs: number;
  readonly seconds: number;
}

/** Longer than this for one input counts as a hang. */
const HANG_MS = 1000;
const KEPT_FAILURES = 5;
const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, 'latin1'));
const decoded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const hello = { version: 1, bed: 'bed-1', source: 'device', device: 'x', samplingFrequencyHz: 250, leads: ['I', 'II'], adcGain: [200, 200], baseline: [0, 0] };
const HL7 = ['MSH|^~\\&|A^B|C|||20260101||ORU^R01^ORU_R01|1|P|2.6', 'PV1||I|ICU^2', 'OBR|1||1|W|||20260101000000.000',
  'OBX|1|NA|1^MDC_ECG_LEAD_II^MDC|1.1.1.1|1^2^3^-4|266418^MDC_DIM_MICRO_VOLT^MDC|||||F|||20260101000000.000+0100',
  'OBX|2|NM|0^MDC_ATTR_SAMP_RATE^MDC|1.1.1.1.1|250|X', 'OBX|3|NM|0^MDC_ATTR_NU_MSMT_RES^MDC|1.1.1.1.2|0.5|1^MDC_DIM_MICRO_VOLT'].join('\r');
const ADT = (event: string): string => [`MSH|^~\\&|ADT|H|||20260101||ADT^${event}^ADT_${event}|1|P|2.5`, `EVN|${event}`, 'PID|1||4711^^^H^MR~12||Doe^John', 'PV1|1|I|ICU^9'].join('\r');
const SAMPLED = { origin: { value: 2048, code: 'uV' }, period: 4, factor: 1.612, dimensions: 1, data: '2041 2043 2037 E U L 2060' };
const OBSERVATION = {
  resourceType: 'Observation', code: { text: 'Lead I' }, effectiveDateTime: '2026-01-01T00:00:00Z',
  component: [{ code: { coding: [{ display: 'MDC_ECG_ELEC_POTL_II' }] }, valueSampledData: SAMPLED }] };
const VITAL = '{"vrcode":"VR","rooms":[{"roomname":"1","trks":[{"type":"wav","name":"ECG_II","montype":"ECG_WAV","srate":500,"unit":"mV","recs":[{"dt":1700000000,"val":[0.01,nan,0.02]}]}]}]}';
const SIERRA = (compression: string, data: Uint8Array): string => `<restingecgdata><waveforms><parsedwaveforms dataencoding="Base64" compression="${compression}" leadlabels="I II" durationperchannel="40" samplespersecond="500" resolution="5">${Buffer.from(data).toString('base64')}</parsedwaveforms></waveforms></restingecgdata>`;

/** Twenty samples of one lead: fifty bytes are forty codes of ten bits. */
const XLI_CHUNK = [50, 0, 0, 0, 1, 0, 0, 0, ...Array<number>(50).fill(0)];

export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'frame',
    seeds: [new Int16Array(25), Float32Array.from({ length: 25 }, (_, i) => i)].map((lead) =>
      encodeFrame({ sequence: 1, sampleIndex: 25, deviceTimeMs: 1000, samples: [lead, lead], pacerMarks: [3], leadOffMask: 1 })),
    decode: (bytes) => void decodeFrame(bytes, { leadCount: 2, adcGain: [200, 200], baseline: [0, 0] }, 'fuzz'),
  },
  {
    name: 'hello',
    seeds: [text(JSON.stringify(hello)), text(JSON.stringify({ ...hello, railAdu: [-1, 1] }))],
    decode(bytes) {
      let message: unknown;
      try {
        message = JSON.parse(decoded(bytes));
      } catch {
        message = decoded(bytes); // JSON is the transport's business; the contract sees whatever else there can be
      }
      parseHello(message, 'fuzz');
    },
  },
  {
    name: 'hl7',
    seeds: [frameMllp(HL7), frameMllp(HL7.replace('MICRO', 'MILLI'))],
    decode: (bytes) => new MllpReader().push(bytes).forEach((message) => void waveformOf(parseHl7(decoded(message), 'fuzz'), 200, 'fuzz')),
  },
  {
    name: 'adt',
    seeds: [text(ADT('A01')), text(ADT('A03'))],
    decode: (bytes) => void patientOf(parseHl7(decoded(bytes), 'fuzz'), 'fuzz'),
  },
  {
    // Topic and payload of one hello, with a line between them.
    name: 'mqtt',
    seeds: [text(`leadwatch/feeds/bed-1/hello/device-1\n${JSON.stringify({ token: 'a-token', hello })}`)],
    decode(bytes) {
      const end = bytes.indexOf(10);
      parseTopic(decoded(bytes.subarray(0, end)), 'leadwatch/feeds');
      parseHello(parseGreeting(bytes.subarray(end + 1), 'fuzz').hello, 'fuzz');
    },
  },
  {
    name: 'fhir',
    seeds: [text(JSON.stringify(OBSERVATION)), text(JSON.stringify({ ...OBSERVATION, component: [], valueSampledData: { ...SAMPLED, data: '1.5 E 2.25' } }))],
    decode(bytes) {
      let resource: unknown;
      try {
        resource = JSON.parse(decoded(bytes));
      } catch {
        resource = decoded(bytes);
      }
      waveformOfObservation(resource, 'uV', 'fuzz');
    },
  },
  { name: 'line', seeds: [text('12,-5 p'), text('? x'), text('-32767;32767')], decode: (bytes) => void parseSampleLine(decoded(bytes), 2, 'fuzz') },
  {
    // Half of the damage is done to the zlib stream, half to the JSON within.
    name: 'vital',
    seeds: [text(VITAL), deflateSync(VITAL)],
    decode: (bytes) => void readUpload(bytes[0] === 0x78 ? bytes : deflateSync(bytes, { level: 0 }), 'fuzz'),
  },
  { name: 'edf', seeds: [edf(''), edf('EDF+D')], decode: (bytes) => void readEdf(bytes, 'fuzz') },
  { name: 'scp', seeds: [scp(true), scp(false)], decode: (bytes) => void readScp(bytes, 'fuzz') },
  { name: 'dicom', seeds: [dicom()], decode: (bytes) => void readDicomEcg(bytes, 'fuzz') },
  {
    name: 'sierra',
    seeds: [text(SIERRA('None', new Uint8Array(80))), text(SIERRA('XLI', Uint8Array.of(...XLI_CHUNK, ...XLI_CHUNK)))],
    decode: (bytes) => void readSierra(bytes, 'fuzz'),
  },
];

export function fuzz({ seeds, decode }: FuzzTarget, inputs: number, seed: number): FuzzResult {
  const random = seededRandom(seed);
  const failures: string[] = [];
  let refused = 0;
  let slowestMs = 0;
  const began = performance.now();
  for (let n = 0; n < inputs; n++) {
    const bytes = damaged(seeds[n % seeds.length]!, random);
    const at = performance.now();
    try {
      decode(bytes);
    } catch (error) {
      if (isEcgError(error)) refused++;
      else if (failures.length < KEPT_FAILURES) failures.push(`input ${n}: ${error instanceof Error ? (error.stack ?? error.message).slice(0, 400) : String(error)}`);
    }
    const took = performance.now() - at;
    slowestMs = Math.max(slowestMs, took);
    if (took > HANG_MS && failures.length < KEPT_FAILURES) failures.push(`input ${n}: took ${took.toFixed(0)} ms`);
  }
  return { inputs, refused, failures, slowestMs, seconds: (performance.now() - began) / 1000 };
}

/** One to four damages: bytes changed, cut, repeated, zeroed or set to extremes. */
function damaged(seed: Uint8Array, random: Random): Uint8Array {
  const below = (limit: number): number => Math.floor(random.uniform() * limit);
  let bytes = seed.slice();
  for (let rounds = 1 + below(4); rounds > 0 && bytes.length > 0; rounds--) {
    const at = below(bytes.length);
    const length = Math.min(bytes.length - at, 1 + below(8));
    switch (below(6)) {
      case 0: bytes[at] = bytes[at]! ^ (1 << below(8)); break;
      case 1: bytes[at] = below(256); break;
      case 2: bytes = bytes.slice(0, at); break;
      case 3: bytes.fill(random.uniform() < 0.5 ? 0 : 0xff, at, at + length); break;
      case 4: bytes = new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(at, at + length), ...bytes.subarray(at)]); break;
      default: bytes[at] = 0x30 + below(10); // a digit, where text is read as a number
    }
  }
  return bytes;
}

function edf(reserved: string): Uint8Array {
  const field = (value: string | number, width: number): string => String(value).padEnd(width);
  const labels = ['ECG II', 'EDF Annotations'];
  const each = (values: readonly (string | number)[], width: number): string => values.map((value) => field(value, width)).join('');
  const header = field('0', 8) + field('', 160) + field('01.01.26', 8) + field('00.00.00', 8) + field(768, 8) + field(reserved, 44) + field(2, 8) + field(1, 8) + field(2, 4)
    + each(labels, 16) + each(['', ''], 80) + each(['mV', ''], 8) + each([-3, -1], 8) + each([3, 1], 8) + each([-32768, -32768], 8) + each([32767, 32767], 8)
    + each(['', ''], 80) + each([10, 8], 8) + each(['', ''], 32);
  return text(header + ['+0\x14\x14', '+2\x14\x14'].map((onset) => '\x01\x02'.repeat(10) + onset.padEnd(16, '\0')).join(''));
}

/** Two leads of eight samples. */
function scp(huffman: boolean): Uint8Array {
  const u16 = (value: number): number[] => [value & 255, value >> 8];
  const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];
  const section = (id: number, content: readonly number[]): number[] => [...u16(0), ...u16(id), ...u32(16 + content.length), 20, 20, ...Array<number>(6).fill(0), ...content];
  const lead = (id: number): number[] => [...u32(1), ...u32(8), id];
  const samples = huffman ? [0b01001011, 0b10001110, 0b10000000] : Array.from({ length: 16 }, (_, i) => i);
  const parts: (readonly [number, number[]])[] = [
    ...(huffman ? [[2, section(2, u16(19_999))] as const] : []),
    [3, section(3, [2, 0x14, ...lead(1), ...lead(2)])],
    [6, section(6, [...u16(2500), ...u16(2000), 1, 0, ...u16(samples.length), ...u16(samples.length), ...samples, ...samples])],
  ];
  const tableBytes = 16 + 10 * parts.length;
  let place = 7 + tableBytes;
  const pointers = parts.flatMap(([id, bytes]) => {
    const pointer = [...u16(id), ...u32(bytes.length), ...u32(place)];
    place += bytes.length;
    return pointer;
  });
  const head = [...u16(0), ...u16(0), ...u32(tableBytes), 20, 20, ...text('SCPECG')];
  return Uint8Array.from([...u16(0), ...u32(place - 1), ...head, ...pointers, ...parts.flatMap(([, bytes]) => bytes)]);
}

/** One lead of eight samples, explicit little-endian. */
function dicom(): Uint8Array {
  const u16 = (value: number): number[] => [value & 255, (value >> 8) & 255];
  const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];
  const element = (group: number, tag: number, vr: string, value: readonly number[]): number[] =>
    [...u16(group), ...u16(tag), ...text(vr), ...(['OB', 'OW', 'SQ'].includes(vr) ? [0, 0, ...u32(value.length)] : u16(value.length)), ...value];
  const string = (value: string): number[] => [...text(value.length % 2 ? `${value} ` : value)];
  const item = (content: readonly number[]): number[] => [...u16(0xfffe), ...u16(0xe000), ...u32(content.length), ...content];
  const code = (value: string, meaning: string): number[] => item([...element(8, 0x100, 'SH', string(value)), ...element(8, 0x104, 'LO', string(meaning))]);
  const channel = item([...element(0x3a, 0x208, 'SQ', code('5.6.3-9-2', 'Lead II')), ...element(0x3a, 0x210, 'DS', string('1.25')), ...element(0x3a, 0x211, 'SQ', code('uV', 'microvolt')),
    ...element(0x3a, 0x212, 'DS', string('1')), ...element(0x3a, 0x213, 'DS', string('0'))]);
  const group = item([...element(0x3a, 5, 'US', u16(1)), ...element(0x3a, 0x10, 'UL', u32(8)), ...element(0x3a, 0x1a, 'DS', string('250')), ...element(0x3a, 0x200, 'SQ', channel),
    ...element(0x5400, 0x1004, 'US', u16(16)), ...element(0x5400, 0x1006, 'CS', string('SS')), ...element(0x5400, 0x1010, 'OW', Array.from({ length: 16 }, (_, i) => i))]);
  const meta = element(2, 0x10, 'UI', string('1.2.840.10008.1.2.1'));
  return Uint8Array.from([...Array<number>(128).fill(0), ...text('DICM'), ...element(2, 0, 'UL', u32(meta.length)), ...meta, ...element(0x5400, 0x100, 'SQ', group)]);
}

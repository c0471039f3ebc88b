/**
 * What Vital Recorder uploads once a second with the event `send_data`: zlib over JSON, as the VitalServer of its
 * publishers reads it (github.com/vitaldb/vitalserver, service/include/monitor.js and static/js/websocket.js):
 *
 *   {"vrcode": "...", "rooms": [{"roomname": "...", "trks": [{"type": "wav", "name": "ECG_II", "montype": "ECG_WAV",
 *     "srate": 500, "unit": "mV", "recs": [{"dt": 1700000000.0, "val": [0.01, ...]}]}]}]}
 *
 * `dt` is the time of the first value in seconds since 1970, `val` is in the unit of the track, and a value that is
 * none is written as a bare `nan`.
 */
import { inflateSync } from 'node:zlib';
import { z } from 'zod';
import { EcgError } from '../../../ecg/errors.ts';
import { MISSING_ADU } from '../../../ecg/frame.ts';
import { canonicalLead, type Lead } from '../../../ecg/leads.ts';
import type { Waveform } from '../waveform.ts';

export interface VitalUpload {
  readonly vrcode: string;
  readonly rooms: readonly { readonly name: string; readonly waveforms: readonly Waveform[] }[];
}

/** A second of an operating room, inflated, and room: more is no upload but a bomb. */
const MAX_INFLATED_BYTES = 8_000_000;
/** Values are kept in steps of one microvolt. */
const GAIN = 1000;
const PER_MILLIVOLT: Readonly<Record<string, number>> = { V: 0.001, mV: 1, uV: 1000, 'µV': 1000 };

const record = z.object({ dt: z.number(), val: z.unknown() });
const track = z.object({
  type: z.string().optional(), name: z.string().default(''), montype: z.string().nullish(), srate: z.number().nullish(), unit: z.string().nullish(), recs: z.array(record).default([]),
});
const room = z.object({ roomname: z.string().default(''), trks: z.union([z.array(track), z.record(z.string(), track)]).default([]) });
const upload = z.object({ vrcode: z.string(), rooms: z.union([z.array(room), z.record(z.string(), room)]) });

/** @param bytes as received: binary, or a string of bytes. @throws EcgError VITAL_INVALID */
export function readUpload(bytes: unknown, from: string): VitalUpload {
  const wrong = (received: string): EcgError => new EcgError('VITAL_INVALID', 'the upload cannot be read', { expected: 'zlib over JSON with vrcode and rooms', received: received.slice(0, 120), from });
  if (typeof bytes !== 'string' && !(bytes instanceof Uint8Array)) throw wrong(typeof bytes);
  let json: unknown;
  try {
    const text = inflateSync(typeof bytes === 'string' ? Buffer.from(bytes, 'binary') : bytes, { maxOutputLength: MAX_INFLATED_BYTES }).toString('utf8');
    json = JSON.parse(text.replace(/([[,:]\s*)-?(?:nan|inf(?:inity)?)(?=\s*[,\]}])/gi, '$1null'));
  } catch (cause) {
    throw wrong((cause as Error).message);
  }
  const parsed = upload.safeParse(json);
  if (!parsed.success) throw wrong(`${parsed.error.issues[0]!.path.join('.')}: ${parsed.error.issues[0]!.message}`);
  return { vrcode: parsed.data.vrcode, rooms: Object.values(parsed.data.rooms).map(({ roomname, trks }) => ({ name: roomname, waveforms: waveformsOf(Object.values(trks), from) })) };
}

interface LeadTrack {
  readonly lead: Lead;
  readonly fs: number;
  readonly perMillivolt: number;
  readonly recs: readonly { readonly dt: number; readonly val: readonly unknown[] }[];
}

function waveformsOf(trks: readonly z.output<typeof track>[], from: string): Waveform[] {
  const found: LeadTrack[] = [];
  for (const { type, name, montype, srate, unit, recs } of trks) {
    const lead = type === 'wav' ? leadOf(name, montype ?? '') : undefined;
    if (lead === undefined || found.some((other) => other.lead === lead)) continue;
    const waves = recs.flatMap(({ dt, val }) => (Array.isArray(val) && val.length > 0 ? [{ dt, val: val as unknown[] }] : []));
    if (waves.length === 0) continue;
    const perMillivolt = PER_MILLIVOLT[unit ?? ''];
    if (perMillivolt === undefined || !(srate! > 0)) {
      throw new EcgError('VITAL_INVALID', `track ${name.slice(0, 40)} cannot be used`, { expected: 'a unit of V, mV or uV, and srate', received: `${unit ?? 'no unit'}, ${srate ?? 'no'} Hz`, from });
    }
    found.push({ lead, fs: srate!, perMillivolt, recs: waves });
  }
  const first = found[0];
  if (!first) return [];
  return first.recs.map(({ dt, val }, r) => {
    const together = found.filter(({ fs, recs }) => fs === first.fs && recs[r]?.val.length === val.length);
    return {
      samplingFrequencyHz: first.fs,
      leads: together.map(({ lead }) => lead),
      adcGain: together.map(() => GAIN),
      baseline: together.map(() => 0),
      samples: together.map(({ recs, perMillivolt }) => samplesOf(recs[r]!.val, perMillivolt)),
      startMs: dt * 1000,
    };
  });
}

function samplesOf(val: readonly unknown[], perMillivolt: number): Int16Array {
  const samples = Int16Array.from(val, (value) => {
    const adu = typeof value === 'number' ? Math.round((value / perMillivolt) * GAIN) : NaN;
    return Math.abs(adu) <= 32_767 ? adu : MISSING_ADU;
  });
  // Vital Recorder writes 0 where a monitor gave nothing, and its viewer leaves it out: no patient's second is all zeros.
  return samples.every((value) => value === 0) ? samples.fill(MISSING_ADU) : samples;
}

/** `ECG_II`, `ECG_V5`; an ECG whose name says no lead counts as the unnamed one. */
const leadOf = (name: string, montype: string): Lead | undefined => canonicalLead(name.replace(/^ECG_(?=.)/i, '')) ?? (montype === 'ECG_WAV' ? 'ECG' : undefined);

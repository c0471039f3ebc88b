/** Philips Sierra ECG XML, schema 1.03 and 1.04: the rhythm of `parsedwaveforms`, plain or XLI-compressed. */
import { XMLParser } from 'fast-xml-parser';
import { EcgError } from '../../ecg/errors.ts';
import { decodeXli, restoreLimbLeads } from '../../ecg/formats/xli.ts';
import type { DigitalRecord } from '../../ecg/formats/wfdb.ts';
import { canonicalLead } from '../../ecg/leads.ts';
import { hz } from '../../ecg/units.ts';

const LIMB = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF'] as const;
/** Longest rhythm that is read, in samples of a lead: an hour at 1,000 Hz. */
const MAX_SAMPLES = 3_600_000;

interface ParsedWaveforms {
  readonly '#text'?: string;
  readonly compression?: string;
  readonly dataencoding?: string;
  readonly leadlabels?: string;
  readonly samplespersecond?: string;
  readonly durationperchannel?: string;
  readonly resolution?: string;
}

/** @throws EcgError RECORDING_FORMAT */
export function readSierra(bytes: Uint8Array, name: string): DigitalRecord {
  const refuse = (what: string, expected: string, received: string): EcgError => new EcgError('RECORDING_FORMAT', what, { expected, received, from: name });
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe;
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', parseAttributeValue: false, parseTagValue: false, processEntities: false, alwaysCreateTextNode: true });
  let document: { restingecgdata?: { waveforms?: { parsedwaveforms?: ParsedWaveforms } } };
  try {
    document = parser.parse(new TextDecoder(wide ? 'utf-16le' : 'utf-8').decode(bytes)) as typeof document;
  } catch (cause) {
    throw refuse('the file is not XML', 'Philips Sierra XML', (cause as Error).message);
  }
  const waveforms = document.restingecgdata?.waveforms?.parsedwaveforms;
  if (!waveforms) throw refuse('the XML holds no Philips waveforms', 'restingecgdata.waveforms.parsedwaveforms', Object.keys(document).join(', '));
  const fs = Number(waveforms.samplespersecond);
  const samples = Math.round((Number(waveforms.durationperchannel) * fs) / 1000);
  const resolutionUv = Number(waveforms.resolution);
  const labels = (waveforms.leadlabels ?? '').split(/\s+/).filter(Boolean);
  if (!(fs > 0 && resolutionUv > 0 && samples > 0 && samples <= MAX_SAMPLES) || labels.length === 0) {
    throw refuse('the Sierra waveforms are described impossibly', 'samplespersecond, durationperchannel, resolution, leadlabels', `${fs} Hz, ${samples} samples, ${resolutionUv} uV`);
  }
  if (waveforms.dataencoding !== 'Base64') throw refuse('the Sierra waveforms are not in Base64', 'Base64', waveforms.dataencoding ?? 'none');
  const data = new Uint8Array(Buffer.from(waveforms['#text'] ?? '', 'base64'));
  const compressed = waveforms.compression === 'XLI';
  const all = compressed ? decodeXli(data, samples, name) : planar(data, labels.length, samples);
  if (all.length < labels.length || all.some((lead, i) => i < labels.length && lead.length !== samples)) {
    throw refuse('the Sierra waveforms are cut short', `${labels.length} leads of ${samples} samples`, all.map((lead) => lead.length).join(', '));
  }
  const of = (lead: string): Int32Array => all[labels.indexOf(lead)]!;
  if (compressed && LIMB.every((lead) => labels.includes(lead))) {
    restoreLimbLeads(Object.fromEntries(LIMB.map((lead) => [lead, of(lead)])) as Record<(typeof LIMB)[number], Int32Array>);
  }
  const known = labels.filter((label) => canonicalLead(label) !== undefined);
  return {
    name,
    samplingFrequency: hz(fs),
    leads: known.map((label) => canonicalLead(label)!),
    adu: known.map(of),
    adcGain: known.map(() => 1000 / resolutionUv),
    baseline: known.map(() => 0),
    railAdu: [-(2 ** 15), 2 ** 15 - 1],
    comments: [],
  };
}

function planar(data: Uint8Array, leads: number, samples: number): Int32Array[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: leads }, (_, lead) => {
    const available = Math.max(0, Math.min(samples, Math.floor(data.length / 2) - lead * samples));
    return Int32Array.from({ length: available }, (_, i) => view.getInt16(2 * (lead * samples + i), true));
  });
}

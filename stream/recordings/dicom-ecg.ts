/** DICOM 12-lead and general ECG waveforms: the first multiplex group whose channels are ECG leads in 16 bits. */
import dicomParser, { type DataSet } from 'dicom-parser';
import { EcgError } from '../../ecg/errors.ts';
import type { DigitalRecord } from '../../ecg/formats/wfdb.ts';
import { MISSING_SAMPLE } from '../../ecg/formats/wfdb.ts';
import { canonicalLead } from '../../ecg/leads.ts';
import { hz } from '../../ecg/units.ts';

const PER_MILLIVOLT: Readonly<Record<string, number>> = { V: 0.001, mV: 1, uV: 1000, nV: 1e6 };
/** Tags of DICOM PS3.3 C.10.9. */
const TAG = {
  sequence: 'x54000100', channels: 'x003a0005', samples: 'x003a0010', frequency: 'x003a001a', bits: 'x54001004', interpretation: 'x54001006',
  data: 'x54001010', padding: 'x5400100a', definitions: 'x003a0200', source: 'x003a0208', sensitivity: 'x003a0210', units: 'x003a0211',
  correction: 'x003a0212', baseline: 'x003a0213', meaning: 'x00080104', code: 'x00080100',
} as const;

/** @throws EcgError RECORDING_FORMAT */
export function readDicomEcg(bytes: Uint8Array, name: string): DigitalRecord {
  const refuse = (what: string, expected: string, received: string, cause?: unknown): EcgError =>
    new EcgError('RECORDING_FORMAT', what, { expected, received, from: name, cause });
  try {
    const file = dicomParser.parseDicom(bytes);
    const group = file.elements[TAG.sequence]?.items?.[0]?.dataSet;
    if (!group) throw refuse('the DICOM file holds no waveform', 'a waveform sequence (5400,0100)', 'none');
    return readGroup(group, name, refuse);
  } catch (error) {
    if (error instanceof EcgError) throw error;
    // dicom-parser throws strings and plain errors for files that are cut short or no DICOM at all.
    throw refuse('the DICOM file cannot be read', 'DICOM part 10', error instanceof Error ? error.message : String(error), error);
  }
}

function readGroup(group: DataSet, name: string, refuse: (what: string, expected: string, received: string) => EcgError): DigitalRecord {
  const count = group.uint16(TAG.channels) ?? 0;
  const samples = group.uint32(TAG.samples) ?? 0;
  const fs = Number(group.string(TAG.frequency));
  const data = group.elements[TAG.data];
  if (group.uint16(TAG.bits) !== 16 || group.string(TAG.interpretation) !== 'SS') {
    throw refuse('the DICOM waveform is stored in another form', '16 bits, signed (SS)', `${group.uint16(TAG.bits)} bits, ${group.string(TAG.interpretation)}`);
  }
  if (!data || !(fs > 0) || count === 0 || samples === 0 || data.length < 2 * count * samples) {
    throw refuse('the DICOM waveform is cut short', `${count} channels of ${samples} samples`, `${data?.length ?? 0} bytes`);
  }
  const definitions = group.elements[TAG.definitions]?.items ?? [];
  const channels = definitions.slice(0, count).flatMap(({ dataSet }, channel) => {
    const lead = dataSet && canonicalLead(named(dataSet));
    if (!dataSet || lead === undefined) return [];
    const perMillivolt = PER_MILLIVOLT[coded(dataSet, TAG.units, TAG.code)];
    const step = number(dataSet, TAG.sensitivity) * (number(dataSet, TAG.correction) || 1);
    if (perMillivolt === undefined || !(step > 0)) throw refuse(`lead ${lead} has no scale`, 'a sensitivity in V, mV, uV or nV', coded(dataSet, TAG.units, TAG.code) || 'none');
    // The value is sample x sensitivity x correction + baseline, so 0 mV stands at -baseline / step.
    return [{ lead, channel, adcGain: perMillivolt / step, baseline: -(number(dataSet, TAG.baseline) || 0) / step }];
  });
  if (channels.length === 0) throw refuse('the DICOM waveform has no ECG lead', 'channels named as leads', `${count} channels`);
  const view = new DataView(group.byteArray.buffer, group.byteArray.byteOffset + data.dataOffset, data.length);
  const padding = group.elements[TAG.padding] ? group.int16(TAG.padding) : undefined;
  return {
    name,
    samplingFrequency: hz(fs),
    leads: channels.map(({ lead }) => lead),
    adu: channels.map(({ channel }) => Int32Array.from({ length: samples }, (_, i) => {
      const value = view.getInt16(2 * (i * count + channel), true);
      return value === padding ? MISSING_SAMPLE : value;
    })),
    adcGain: channels.map(({ adcGain }) => adcGain),
    baseline: channels.map(({ baseline }) => baseline),
    railAdu: [-(2 ** 15), 2 ** 15 - 1],
    comments: [],
  };
}

const number = (set: DataSet, tag: string): number => Number(set.string(tag)?.trim() ?? NaN);
const coded = (set: DataSet, sequence: string, tag: string): string => set.elements[sequence]?.items?.[0]?.dataSet?.string(tag)?.trim() ?? '';
/** `Lead I (Einthoven)` names I. */
const named = (set: DataSet): string => coded(set, TAG.source, TAG.meaning).replace(/\s*\(.*\)\s*$/, '');

/** A recording's file, whatever its format: told by its first bytes, as names lie. */
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { EcgError } from '../../ecg/errors.ts';
import { readEdf } from '../../ecg/formats/edf.ts';
import { readScp } from '../../ecg/formats/scp.ts';
import type { DigitalRecord } from '../../ecg/formats/wfdb.ts';
import { readDicomEcg } from './dicom-ecg.ts';
import { loadDigitalRecord } from './library.ts';
import { readSierra } from './sierra-xml.ts';

/** Formats by what stands at the start of the file. */
const FORMATS: readonly { readonly starts: (bytes: Uint8Array) => boolean; readonly read: (bytes: Uint8Array, name: string) => DigitalRecord }[] = [
  { starts: (bytes) => ascii(bytes, 128, 4) === 'DICM', read: readDicomEcg },
  { starts: (bytes) => ascii(bytes, 0, 8) === '0       ', read: (bytes, name) => readEdf(bytes, name).record },
  { starts: (bytes) => /^(\ufeff|\u00ef\u00bb\u00bf|\u00ff\u00fe)?</.test(ascii(bytes, 0, 4)), read: readSierra },
  { starts: (bytes) => bytes[8] === 0 && bytes[9] === 0 && view(bytes).getUint32(2, true) === bytes.length, read: readScp },
];

/** @param path of an EDF, DICOM, SCP-ECG or Sierra XML file, or of a WFDB header with or without its ending */
export function openRecording(path: string): DigitalRecord {
  const bytes = path.endsWith('.hea') ? undefined : contentOf(path);
  if (!bytes) return loadDigitalRecord(dirname(path), basename(path, '.hea'));
  return readRecording(bytes, basename(path));
}

/** @throws EcgError RECORDING_FORMAT */
export function readRecording(bytes: Uint8Array, name: string): DigitalRecord {
  const format = bytes.length < 16 ? undefined : FORMATS.find(({ starts }) => starts(bytes));
  if (!format) throw new EcgError('RECORDING_FORMAT', 'the file is of no format that is known', { expected: 'EDF, DICOM, SCP-ECG, Philips Sierra XML or a WFDB header', from: name });
  return format.read(bytes, name);
}

function contentOf(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    // A WFDB record is named without its ending.
    if (['ENOENT', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

const ascii = (bytes: Uint8Array, at: number, length: number): string => String.fromCharCode(...bytes.subarray(at, at + length));
const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

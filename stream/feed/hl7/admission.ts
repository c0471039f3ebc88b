/** ADT^A01 (admit) and ADT^A03 (discharge): who lies in which bed, as the hospital's system says it. */
import { EcgError } from '../../../ecg/errors.ts';
import type { Patient } from '../bed-registry.ts';
import type { Hl7Message } from './message.ts';

export interface Admissions {
  admit(who: string, bed: string, patient: Patient): void;
  discharge(who: string, bed: string, patientId: string): void;
}

export const ADMISSIONS: readonly string[] = ['ADT^A01', 'ADT^A03'];

/** PID-3 is the number, PID-5 the name; of several the first. @throws EcgError HL7_INVALID */
export function patientOf(message: Hl7Message, from: string): Patient {
  const pid = message.first('PID');
  const id = (pid?.components(3)[0] ?? '').split('~')[0]!.trim();
  if (id === '' || id.length > 80) throw new EcgError('HL7_INVALID', 'the message names no patient', { expected: 'PID-3', received: pid ? `"${id.slice(0, 40)}"` : 'no PID', from });
  const [family = '', given = ''] = (pid!.field(5).split('~')[0] ?? '').split(message.header.field(2)[0]!);
  return { id, name: [given, family].filter((part) => part !== '').join(' ').slice(0, 120) };
}

/** @throws EcgError HL7_INVALID | COMMAND_INVALID */
export function carryOutAdmission(message: Hl7Message, bed: string, admissions: Admissions, from: string): void {
  const patient = patientOf(message, from);
  const who = `HL7 ${message.header.components(3)[0] || 'sender'}`;
  if (message.type === 'ADT^A01') admissions.admit(who, bed, patient);
  else admissions.discharge(who, bed, patient.id);
}

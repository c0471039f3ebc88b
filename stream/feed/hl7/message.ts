/**
 * HL7 v2 messages, as far as a feed needs them: segments, fields, components; delimiters as MSH declares them. Own and
 * small, as the published parsers either validate against whole profiles or build objects for every component.
 */
import { EcgError } from '../../../ecg/errors.ts';

/** Segments of one message; a message of a monitor has tens. */
const MAX_SEGMENTS = 2000;

export interface Hl7Segment {
  readonly name: string;
  /** Field n as HL7 counts them (1-based; MSH-1 is the separator itself); empty where there is none. */
  field(n: number): string;
  /** Components of field n. */
  components(n: number): readonly string[];
}

export interface Hl7Message {
  readonly segments: readonly Hl7Segment[];
  readonly header: Hl7Segment;
  /** `ORU^R01` */
  readonly type: string;
  readonly controlId: string;
  readonly version: string;
  /** The first segment of that name. */
  first(name: string): Hl7Segment | undefined;
}

/** @throws EcgError HL7_INVALID */
export function parseHl7(text: string, from: string): Hl7Message {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line !== '');
  const head = lines[0] ?? '';
  const separator = head[3] ?? '';
  const component = head[4] ?? '';
  if (!head.startsWith('MSH') || !/^[^A-Za-z0-9\s]$/.test(separator) || !/^[^A-Za-z0-9\s]$/.test(component)) {
    throw new EcgError('HL7_INVALID', 'the message does not begin with MSH and its delimiters', { expected: 'MSH|^~\\&', received: JSON.stringify(head.slice(0, 12)), from });
  }
  if (lines.length > MAX_SEGMENTS) throw new EcgError('HL7_INVALID', 'the message has too many segments', { expected: `at most ${MAX_SEGMENTS}`, received: `${lines.length}`, from });
  const segments = lines.map((line) => segmentOf(line, separator, component));
  const header = segments[0]!;
  return {
    segments,
    header,
    type: header.components(9).slice(0, 2).join('^'),
    controlId: header.field(10),
    version: header.components(12)[0] ?? '',
    first: (name) => segments.find((segment) => segment.name === name),
  };
}

function segmentOf(line: string, separator: string, component: string): Hl7Segment {
  const fields = line.split(separator);
  const name = fields[0]!;
  // MSH-1 is the separator, so that what stands first in the text is MSH-2.
  if (name === 'MSH') fields.splice(1, 0, separator);
  return {
    name,
    field: (n) => fields[n] ?? '',
    components: (n) => (fields[n] ?? '').split(component),
  };
}

/** Acknowledgement codes of HL7 table 0008: accepted, error in the content, rejected. */
export type AckCode = 'AA' | 'AE' | 'AR';

/**
 * The acknowledgement of a message, readable by whoever sent it.
 * @param header of the message that is acknowledged; undefined where it could not be read
 * @param condition code and text of HL7 table 0357, for AE and AR
 */
export function acknowledge(header: Hl7Segment | undefined, code: AckCode, nowMs: number, condition?: { readonly code: string; readonly text: string }): string {
  const at = new Date(nowMs).toISOString().replace(/[-:T]/g, '').slice(0, 14);
  const trigger = header?.components(9)[1];
  const clean = (text: string): string => text.replace(/[|^~\\&\r\n]/g, ' ');
  const segments = [
    `MSH|^~\\&|Leadwatch||${header?.field(3) ?? ''}|${header?.field(4) ?? ''}|${at}+0000||ACK${trigger ? `^${trigger}^ACK` : ''}|LW${nowMs}|P|${header?.field(12) || '2.6'}`,
    `MSA|${code}|${header?.field(10) ?? ''}`,
    ...(condition ? [`ERR|||${condition.code}^${clean(condition.text)}^HL70357|E|||${clean(condition.text)}`] : []),
  ];
  return `${segments.join('\r')}\r`;
}

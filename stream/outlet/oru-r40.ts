/**
 * An alarm change as HL7 v2.6 ORU^R40^ORU_R40, in the shape of IHE PCD-04 (ACM, Report Alert; PCD TF-2, appendix B.8): one
 * OBR for the alert, and seven OBX facets, numbered in the last place of OBX-4: event, source, phase, state, inactivation
 * state, priority and type. Conditions without a code of ISO/IEEE 11073-10101 that we know for certain are given in a
 * local coding system, `99LEADWATCH`, as HL7 has it.
 */
import type { Priority } from '../../ecg/alarm.ts';
import type { DeliveredAlarm } from '../alarm/outbox.ts';

const FIELD = '|';
const SEGMENT_END = '\r';
/** Lower layers of PCD-04 OBX-8: physiological or technical, and the priority's letter. */
const PRIORITY_CODES: Readonly<Record<Priority, 'H' | 'M' | 'L'>> = { high: 'H', medium: 'M', low: 'L', technical: 'L' };
const EVENT = '196616^MDC_EVT_ALARM^MDC';
const LEAD_OFF = ['196680', 'MDC_EVT_LEAD_OFF', 'MDC'] as const;
const TECHNICAL = new Set([
  'noData', 'leadsOff', 'signalSaturated', 'noisySignal', 'asystoleNotMonitored', 'feedClockOff', 'modelUnavailable', 'monitoringFault',
  'alarmNotStored', 'alarmsOff', 'serverClockStopped',
]);

export interface OruParts {
  readonly ward: string;
  /** What a person reads. */
  readonly text: string;
  readonly sentAtMs: number;
  /** Filler order number: of the alert, the same for each of its changes (alert-numbers.ts). */
  readonly number: string;
}

/** @returns the message with segments ended by carriage returns; MSH-10 is the alert's id, the same on every attempt */
export function oruR40(alarm: DeliveredAlarm, { ward, text, sentAtMs, number }: OruParts): string {
  const location = `${escape(ward)}^^${escape(alarm.bed)}`;
  const began = timestamp(alarm.onsetMs);
  const technical = TECHNICAL.has(alarm.condition);
  const type = technical ? 'ST' : 'SP';
  const priority = `P${PRIORITY_CODES[alarm.priority]}`;
  const [id, name, system] = alarm.condition === 'leadsOff' ? LEAD_OFF : [alarm.condition, text, '99LEADWATCH'];
  // The ninth component of a CWE is what was said in words.
  const event = `${escape(id)}^${escape(name)}^${system}^^^^^^${escape(`${text}: ${alarm.cause}`)}`;
  const alert = `${escape(number)}^LEADWATCH`;
  const facet = (n: number, observation: string, value: string): string => fields('OBX', n, 'ST', observation, `1.0.0.0.${n}`, value, '', '', '', '', '', 'R');
  return [
    fields('MSH', '^~\\&', 'LEADWATCH', escape(ward), '', '', timestamp(sentAtMs), '', 'ORU^R40^ORU_R40', controlId(alarm), 'P', '2.6', '', '', 'AL', 'NE', '', 'UNICODE UTF-8',
      '', '', 'IHE_PCD_ACM_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.4.1^ISO'),
    fields('PID', '', '', `${escape(alarm.bed)}^^^LEADWATCH`, '', '^'),
    fields('PV1', '', 'I', location),
    fields('OBR', 1, alert, alert, EVENT, '', '', began),
    // Priority and type as flags belong to the first facet alone.
    fields('OBX', 1, 'CWE', EVENT, '1.0.0.0.1', event, '', '', `A~${priority}~${type}`, '', '', 'R', '', '', timestamp(alarm.detectedAtMs)),
    facet(2, '68480^MDC_ATTR_ALERT_SOURCE^MDC', escape(alarm.source?.kind === 'model' ? `LEADWATCH model ${alarm.source.modelId}` : 'LEADWATCH')),
    facet(3, '68481^MDC_ATTR_EVENT_PHASE^MDC', phaseOf(alarm)),
    facet(4, '68482^MDC_ATTR_ALARM_STATE^MDC', stateOf(alarm)),
    facet(5, '68483^MDC_ATTR_ALARM_INACTIVATION_STATE^MDC', alarm.state === 'acknowledged' ? 'alert-acknowledged' : 'enabled'),
    facet(6, '68484^MDC_ATTR_ALARM_PRIORITY^MDC', priority),
    facet(7, '68485^MDC_ATTR_ALERT_TYPE^MDC', type),
  ].map((segment) => segment + SEGMENT_END).join('');
}

/** MSH-10: at most 199 characters in v2.6; no separators in it. */
export const controlId = ({ bed, epoch, seq }: DeliveredAlarm): string => `${bed}-${epoch}-${seq}`;

function phaseOf(alarm: DeliveredAlarm): string {
  if (alarm.state === 'cleared') return 'end';
  if (alarm.state === 'active') return alarm.escalation ? 'escalate' : 'start';
  return 'update';
}

const STATES = { active: 'active', acknowledged: 'active', latched: 'latched', cleared: 'inactive' } as const;
const stateOf = (alarm: DeliveredAlarm): string => STATES[alarm.state];

const fields = (...values: readonly (string | number)[]): string => values.join(FIELD);

const ESCAPES: Readonly<Record<string, string>> = { '|': '\\F\\', '^': '\\S\\', '&': '\\T\\', '~': '\\R\\', '\\': '\\E\\', '\r': '\\X0D\\', '\n': '\\X0A\\' };
const escape = (text: string): string => text.replace(/[|^&~\\\r\n]/g, (character) => ESCAPES[character]!);

/** `20261125031000.250+0000` */
const timestamp = (at: number): string => `${new Date(at).toISOString().replace(/[-:TZ]/g, '')}+0000`;

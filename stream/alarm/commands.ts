/**
 * What people may do to a bed's alarms and settings, wherever they do it: one place that checks the message, the role
 * and the limits, carries it out, writes down who and why, and answers in words.
 */
import { z } from 'zod';
import { ALARM_GROUPS } from '../../ecg/alarm.ts';
import { DISPLAY_BAND_NAMES } from '../../ecg/dsp/display-band.ts';
import { isEcgError } from '../../ecg/errors.ts';
import { epochMs } from '../../ecg/units.ts';
import type { Principal } from '../access.ts';
import { mayTurnOff } from './alarm-off.ts';
import type { AlarmDesk } from './desk.ts';
import type { CarriedOut } from './entries.ts';
import { changedLimits } from './limits.ts';

/** Longest reason that is kept; a sentence or two. */
const MAX_REASON = 200;
const bed = z.string().min(1).max(32);
const condition = z.string().min(1).max(80).optional();
const reason = z.string().max(MAX_REASON).optional();
export const personCommand = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('acknowledge'), bed, condition, seenUpToMs: z.number().optional(), reason }),
  z.strictObject({ type: z.literal('reset'), bed, condition, reason }),
  z.strictObject({ type: z.literal('pauseAudio'), bed, reason }),
  z.strictObject({ type: z.literal('resumeAudio'), bed, reason }),
  z.strictObject({ type: z.literal('alarmOff'), bed, group: z.enum(ALARM_GROUPS), off: z.boolean(), reason }),
  z.strictObject({
    type: z.literal('setLimits'), bed, reason,
    limits: z.strictObject({
      rhythm: z.record(z.string(), z.number()).optional(),
      thresholds: z.record(z.string(), z.number().nullable()).optional(),
    }),
  }),
  z.strictObject({ type: z.literal('setBand'), bed, band: z.enum(DISPLAY_BAND_NAMES), reason }),
]);
type PersonCommand = z.output<typeof personCommand>;

export type CommandAnswer = { readonly ok: true } | { readonly ok: false; readonly code: string; readonly message: string };

export interface CommandParts {
  readonly desk: AlarmDesk;
  readonly hasBed: (bed: string) => boolean;
  /** Ids of the labels that raise alarms. */
  readonly alarmLabels: readonly string[];
  readonly audit: (who: Principal, what: string) => void;
}

const refuse = (message: string, code = 'COMMAND_INVALID'): CommandAnswer => ({ ok: false, code, message });

/** @param who undefined where the token is of nobody, or has expired */
export function carryOut(message: unknown, who: Principal | undefined, { desk, hasBed, alarmLabels, audit }: CommandParts): CommandAnswer {
  const parsed = personCommand.safeParse(message);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    return refuse(`${issue.path.join('.') || 'command'}: expected ${issue.message}, received ${JSON.stringify(message)?.slice(0, 80)}`);
  }
  const wanted = parsed.data;
  if (!hasBed(wanted.bed)) return refuse(`expected a bed of this ward, received ${wanted.bed}`);
  if (!who || who.role === 'viewer') return refuse(`expected the role clinician or engineer, received ${who?.role ?? 'no valid token'}`, who ? 'NOT_ALLOWED' : 'FEED_UNAUTHORISED');
  try {
    const command = carriedOut(wanted, who, desk, alarmLabels);
    if ('code' in command) return command;
    desk.command(wanted.bed, command, { name: who.name, role: who.role }, wanted.reason ?? '');
    audit(who, `${describe(wanted)} at ${wanted.bed}${wanted.reason ? `: ${wanted.reason}` : ''}`);
    return { ok: true };
  } catch (error) {
    if (!isEcgError(error)) throw error;
    return refuse(error.message, error.code);
  }
}

function carriedOut(wanted: PersonCommand, who: Principal, desk: AlarmDesk, alarmLabels: readonly string[]): CarriedOut | Extract<CommandAnswer, { ok: false }> {
  const no = (message: string): Extract<CommandAnswer, { ok: false }> => ({ ok: false, code: 'COMMAND_INVALID', message });
  switch (wanted.type) {
    case 'acknowledge':
    case 'reset': {
      const seenUpToMs = wanted.type === 'acknowledge' ? wanted.seenUpToMs : undefined;
      const seen = seenUpToMs === undefined ? {} : { seenUpToMs: epochMs(seenUpToMs) };
      if (wanted.condition === undefined) return { type: wanted.type, ...seen };
      const known = desk.alarmsOf(wanted.bed).find((alarm) => alarm.condition === wanted.condition);
      if (!known) return no(`expected an alarm of ${wanted.bed}, received ${wanted.condition}`);
      if (known.detectedAtMs > (seenUpToMs ?? Infinity)) return no(`expected an alarm that had been shown, received ${wanted.condition}, which began anew meanwhile`);
      return { type: wanted.type, condition: known.condition, ...seen };
    }
    case 'pauseAudio':
    case 'resumeAudio':
      return { type: wanted.type };
    case 'alarmOff':
      if (!mayTurnOff(wanted.group, who.role)) return no(`expected the role clinician or engineer for lethal alarms, received ${who.role}`);
      if (wanted.off && wanted.group === 'lethal' && !wanted.reason) return no('expected a reason for turning lethal alarms off, received none');
      return { type: 'alarmOff', group: wanted.group, off: wanted.off };
    case 'setLimits': {
      const { rhythm, thresholds } = wanted.limits;
      const change = { ...(rhythm && { rhythm }), ...(thresholds && { thresholds }) };
      return { type: 'setLimits', limits: changedLimits(desk.limitsOf(wanted.bed), change, alarmLabels, wanted.bed) };
    }
    case 'setBand':
      return { type: 'setBand', band: wanted.band };
  }
}

function describe(wanted: PersonCommand): string {
  switch (wanted.type) {
    case 'acknowledge':
    case 'reset':
      return wanted.condition === undefined ? wanted.type : `${wanted.type} ${wanted.condition}`;
    case 'alarmOff':
      return `${wanted.group} alarms ${wanted.off ? 'off' : 'on'}`;
    case 'setLimits':
      return `limits ${JSON.stringify(wanted.limits)}`;
    case 'setBand':
      return `display band ${wanted.band}`;
    case 'pauseAudio':
    case 'resumeAudio':
      return wanted.type;
  }
}

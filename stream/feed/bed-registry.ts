/**
 * The beds that people have set up: name, place, who lies there, and the one device paired with each. A device is paired by a code that
 * a person reads to it: short-lived, good once. What it gets is a token; only the token's digest is kept. Changes are
 * on disk before they are answered, and each is written to the audit file with who made it.
 */
import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../ecg/clock.ts';
import { EcgError } from '../../ecg/errors.ts';
import { ms, type EpochMs } from '../../ecg/units.ts';
import { BED_SLUG } from './feed.ts';
import type { FeedAccess } from './feed-session.ts';

const bedSchema = z.strictObject({
  bed: z.string().regex(BED_SLUG, 'a slug of a-z, 0-9 and "-", at most 32 characters'),
  /** For people. */
  name: z.string().min(1).max(60),
  /** Ward and room, for people. */
  place: z.string().max(60),
  /** SHA-256 of the paired device's token, hex; null: no device is admitted. */
  tokenDigest: z.string().length(64).nullable(),
  /** Who lies there, as far as the hospital's system said; null: nobody. */
  patient: z.strictObject({
    id: z.string().min(1).max(80),
    name: z.string().max(120),
    admittedMs: z.number(),
  }).nullable().default(null),
});
const fileSchema = z.strictObject({ version: z.literal(1), beds: z.array(bedSchema) });
type Entry = z.output<typeof bedSchema>;

export interface Patient {
  /** The hospital's number of the patient. */
  readonly id: string;
  /** For people; empty where it was not given. */
  readonly name: string;
}

export interface RegisteredBed {
  readonly bed: string;
  readonly name: string;
  readonly place: string;
  readonly paired: boolean;
  readonly patient: (Patient & { readonly admittedMs: number }) | null;
}

export interface BedRegistryOptions {
  readonly directory: string;
  readonly clock: Clock;
  /** Decides on beds that are not registered. */
  readonly otherwise: FeedAccess;
  /** Called when the token of a bed is good no longer: its device must go at once. */
  readonly cutOff: (bed: string) => void;
}

/** Long enough to walk to the device and type it. */
export const PAIRING_LIFETIME = ms(300_000);
/** Without letters and digits that are read for each other; eight of these are 39 bits. */
const CODE_ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const CODE_LENGTH = 8;
/** Wrong codes in a minute, over all callers, before every code is refused until the minute is over. */
const WRONG_CODES = 20;
const WRONG_CODES_IN = ms(60_000);

const shown = ({ bed, name, place, tokenDigest, patient }: Entry): RegisteredBed => ({ bed, name, place, paired: tokenDigest !== null, patient });
const digest = (token: string): string => createHash('sha256').update(token).digest('hex');

export class BedRegistry implements FeedAccess {
  readonly #options: BedRegistryOptions;
  readonly #beds = new Map<string, Entry>();
  readonly #codes = new Map<string, { readonly bed: string; readonly untilMs: EpochMs }>();
  #wrong: EpochMs[] = [];

  /** @throws EcgError CONFIG_INVALID where the file of beds cannot be read */
  constructor(options: BedRegistryOptions) {
    this.#options = options;
    const path = this.#path('beds.json');
    if (!existsSync(path)) return;
    try {
      for (const entry of fileSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).beds) this.#beds.set(entry.bed, entry);
    } catch (cause) {
      throw new EcgError('CONFIG_INVALID', 'the file of beds cannot be read', { expected: 'what this server wrote', received: (cause as Error).message.slice(0, 200), from: path, cause });
    }
  }

  beds(): RegisteredBed[] {
    return [...this.#beds.values()].map(shown);
  }

  /** @throws EcgError COMMAND_INVALID where there is such a bed, or the name cannot be used */
  create(who: string, bed: string, name: string, place: string): RegisteredBed {
    if (this.#beds.has(bed)) throw new EcgError('COMMAND_INVALID', `there is a ${bed}`, { expected: 'another name', received: bed });
    return this.#change(who, 'create', { bed, name, place, tokenDigest: null, patient: null });
  }

  /** Renames or moves. @throws EcgError COMMAND_INVALID */
  update(who: string, bed: string, change: { readonly name?: string | undefined; readonly place?: string | undefined }): RegisteredBed {
    const { name, place } = this.#known(bed);
    return this.#change(who, change.place === undefined ? 'rename' : 'move', { ...this.#known(bed), name: change.name ?? name, place: change.place ?? place });
  }

  /** @returns the code that a device of this bed is paired with; an earlier one is void. @throws EcgError COMMAND_INVALID */
  pairingCode(who: string, bed: string): { readonly code: string; readonly untilMs: EpochMs } {
    this.#known(bed);
    for (const [code, entry] of this.#codes) if (entry.bed === bed || entry.untilMs < this.#options.clock.now()) this.#codes.delete(code);
    const code = Array.from({ length: CODE_LENGTH }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]!).join('');
    const untilMs = (this.#options.clock.now() + PAIRING_LIFETIME) as EpochMs;
    this.#codes.set(code, { bed, untilMs });
    this.#audit(who, 'pairing code', bed);
    return { code, untilMs };
  }

  /** A device shows its code and gets its token; the bed's earlier device is cut off. @throws EcgError FEED_UNAUTHORISED */
  pair(code: string): { readonly bed: string; readonly token: string } {
    const now = this.#options.clock.now();
    this.#wrong = this.#wrong.filter((at) => now - at < WRONG_CODES_IN);
    const refuse = (received: string): never => {
      throw new EcgError('FEED_UNAUTHORISED', 'this code pairs no device', { expected: 'a code that is less than five minutes old and unused', received });
    };
    if (this.#wrong.length >= WRONG_CODES) refuse('too many wrong codes in a minute');
    const entry = this.#codes.get(code.trim().toUpperCase());
    if (!entry || entry.untilMs < now) {
      this.#wrong.push(now);
      return refuse(entry ? 'an old code' : 'an unknown code');
    }
    this.#codes.delete(code.trim().toUpperCase());
    const token = randomBytes(24).toString('base64url');
    this.#change('device', 'pair', { ...this.#known(entry.bed), tokenDigest: digest(token) });
    this.#options.cutOff(entry.bed);
    return { bed: entry.bed, token };
  }

  /** The bed's token is good no longer, from now on. @throws EcgError COMMAND_INVALID */
  revoke(who: string, bed: string): void {
    this.#change(who, 'revoke', { ...this.#known(bed), tokenDigest: null });
    for (const [code, entry] of this.#codes) if (entry.bed === bed) this.#codes.delete(code);
    this.#options.cutOff(bed);
  }

  /** A patient takes the bed; one who lay there before, whose discharge never came, does no longer. @throws EcgError COMMAND_INVALID */
  admit(who: string, bed: string, patient: Patient): void {
    const entry = this.#known(bed);
    if (entry.patient?.id === patient.id && entry.patient.name === patient.name) return; // the same message again
    const admittedMs = entry.patient?.id === patient.id ? entry.patient.admittedMs : this.#options.clock.now();
    this.#change(who, 'admit', { ...entry, patient: { ...patient, admittedMs } });
  }

  /** @throws EcgError COMMAND_INVALID where another patient lies there: nobody is discharged by mistake */
  discharge(who: string, bed: string, patientId: string): void {
    const entry = this.#known(bed);
    if (entry.patient === null) return; // the same message again
    if (entry.patient.id !== patientId) throw new EcgError('COMMAND_INVALID', `another patient lies in ${bed}`, { expected: 'the patient who was admitted', received: patientId.slice(0, 80), from: who });
    this.#change(who, 'discharge', { ...entry, patient: null });
  }

  checkFeed(token: string | undefined, bed: string): void {
    const entry = this.#beds.get(bed);
    if (!entry) return this.#options.otherwise.checkFeed(token, bed);
    const given = token === undefined ? undefined : Buffer.from(digest(token), 'hex');
    if (entry.tokenDigest !== null && given && timingSafeEqual(given, Buffer.from(entry.tokenDigest, 'hex'))) return;
    throw new EcgError('FEED_UNAUTHORISED', `this feed may not send as ${bed}`, {
      expected: entry.tokenDigest === null ? 'a device that has been paired' : `the token of ${bed}`, received: given ? 'another token' : 'no token', from: `feed of ${bed}` });
  }

  #known(bed: string): Entry {
    const entry = this.#beds.get(bed);
    if (!entry) throw new EcgError('COMMAND_INVALID', 'no such bed is registered', { expected: 'a registered bed', received: bed.slice(0, 40) });
    return entry;
  }

  #change(who: string, what: string, entry: Entry): RegisteredBed {
    const parsed = bedSchema.safeParse(entry);
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!;
      throw new EcgError('COMMAND_INVALID', `${issue.path.join('.')} of a bed cannot be used`, { expected: issue.message, from: who });
    }
    const beds = [...this.#beds.values()].filter(({ bed }) => bed !== entry.bed).concat(entry);
    mkdirSync(this.#options.directory, { recursive: true });
    // Whole or not at all: a crash in between leaves the file as it was.
    writeFileSync(this.#path('beds.json.new'), `${JSON.stringify({ version: 1, beds }, undefined, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(this.#path('beds.json.new'), this.#path('beds.json'));
    this.#beds.set(entry.bed, entry);
    this.#audit(who, what, entry.bed, { name: entry.name, place: entry.place, patient: entry.patient?.id ?? null });
    return shown(entry);
  }

  #audit(who: string, what: string, bed: string, detail: object = {}): void {
    mkdirSync(this.#options.directory, { recursive: true });
    appendFileSync(this.#path('beds-audit.jsonl'), `${JSON.stringify({ at: new Date(this.#options.clock.now()).toISOString(), who, what, bed, ...detail })}\n`, { mode: 0o600 });
  }

  #path(name: string): string {
    return join(this.#options.directory, name);
  }
}

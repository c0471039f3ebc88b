/**
 * The feed contract: what every protocol turns its device into. A feed introduces itself once (hello), then
 * sends frames. docs/feeds.md is the same contract for people who write device drivers.
 */
import { z } from 'zod';
import { deriveFromEasi, EASI_LEADS, easiOrder } from '../../ecg/easi.ts';
import { canonicalLead, STANDARD_LEADS, type Lead } from '../../ecg/leads.ts';
import { EcgError } from '../../ecg/errors.ts';
import { decodeFrame, FRAME_VERSION, MAX_LEADS, type Frame, type FrameScale } from '../../ecg/frame.ts';
import { hz, type Hz } from '../../ecg/units.ts';

export const SOURCES = ['recording', 'simulator', 'device'] as const;
/** Where the samples come from; the page says it of every bed. */
export type Source = (typeof SOURCES)[number];

/** Sampling frequencies a bedside feed may have: hobby boards at 50 Hz to electrophysiology at 4,000 Hz. */
export const MIN_SAMPLING_FREQUENCY = 50;
export const MAX_SAMPLING_FREQUENCY = 4000;
/** A bed's name in addresses, topics and file names. */
export const BED_SLUG = /^[a-z0-9][a-z0-9-]{0,31}$/;

const isEasi = (lead: Lead): boolean => (EASI_LEADS as readonly string[]).includes(lead);

const helloSchema = z.strictObject({
  version: z.literal(FRAME_VERSION),
  bed: z.string().regex(BED_SLUG, 'a slug of a-z, 0-9 and "-", at most 32 characters'),
  source: z.enum(SOURCES),
  /** What is connected, for people: `MIT-BIH 207, replayed`. */
  device: z.string().min(1).max(120),
  samplingFrequencyHz: z.number().min(MIN_SAMPLING_FREQUENCY).max(MAX_SAMPLING_FREQUENCY),
  leads: z.array(z.string().max(16)).min(1).max(MAX_LEADS),
  /** adu per millivolt, one per lead; float32 frames ignore it. */
  adcGain: z.array(z.number().positive()),
  /** adu at 0 mV, one per lead. */
  baseline: z.array(z.number()),
  /** The converter's rails in adu, one pair for all leads; without it saturation is judged from the samples alone. */
  railAdu: z.tuple([z.number(), z.number()]).optional(),
  /** Where the limb electrodes sit: on the limbs, or on the torso as Mason and Likar put them. Noted, for people. */
  electrodes: z.enum(['standard', 'mason-likar']).optional(),
});
export type HelloMessage = z.input<typeof helloSchema>;

/** The hello as JSON Schema, as docs/hello.schema.json holds it; that lists are as long as `leads` no schema can say. */
export const helloJsonSchema = (): object => z.toJSONSchema(helloSchema, { io: 'input' });

/** A hello that has been checked. */
export interface Hello {
  readonly bed: string;
  readonly source: Source;
  readonly device: string;
  readonly samplingFrequency: Hz;
  /** As the line sees them: of an EASI feed the twelve that are derived. */
  readonly leads: readonly Lead[];
  /** Of the frames. */
  readonly scale: FrameScale;
  /** Places of ES, AS and AI in the frames of an EASI feed. */
  readonly easi?: readonly [number, number, number] | undefined;
  /** Lowest and highest voltage the converter can give, per lead, in microvolts. */
  readonly railUv: readonly (readonly [number, number])[] | undefined;
}

/** What a hello should have held, without the words around it that zod would add to "expected". */
function expectationOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return issue.expected;
  if (issue.code === 'invalid_value') return issue.values.map((value) => JSON.stringify(value)).join(' or ');
  if (issue.code === 'unrecognized_keys') return 'the fields of docs/hello.schema.json';
  if (issue.code !== 'too_small' && issue.code !== 'too_big') return issue.message;
  const of = issue.origin === 'number' ? '' : 'a length of ';
  return issue.code === 'too_big' ? `${of}at most ${issue.maximum}` : `${of}${issue.inclusive === true ? 'at least' : 'more than'} ${issue.minimum}`;
}

/**
 * Checks what a device said of itself.
 * @param from who sent it, for the error
 * @throws EcgError HELLO_INVALID | FRAME_VERSION
 */
export function parseHello(message: unknown, from: string): Hello {
  const version = (message as { version?: unknown } | null | undefined)?.version;
  if (version !== undefined && version !== FRAME_VERSION) {
    throw new EcgError('FRAME_VERSION', 'hello is of another version', { expected: `${FRAME_VERSION}`, received: JSON.stringify(version).slice(0, 40), from });
  }
  const parsed = helloSchema.safeParse(message);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const at = issue.path.length === 0 ? 'hello' : `hello.${issue.path.join('.')}`;
    const value = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], message);
    const received = issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : JSON.stringify(value);
    throw new EcgError('HELLO_INVALID', `${at} cannot be used`, { expected: expectationOf(issue), received: received?.slice(0, 80) ?? 'nothing', from });
  }
  const hello = parsed.data;
  const leads = hello.leads.map((name) => {
    const lead = canonicalLead(name);
    if (lead === undefined) {
      throw new EcgError('HELLO_INVALID', 'hello.leads names an unknown lead', {
        expected: 'I, II, III, aVR, aVL, aVF, V1-V6, a monitoring lead such as MLII, or ES, AS and AI', received: name.slice(0, 40), from });
    }
    return lead;
  });
  const twice = leads.find((lead, i) => leads.indexOf(lead) !== i);
  if (twice !== undefined) throw new EcgError('HELLO_INVALID', 'hello.leads names a lead twice', { expected: 'each lead once', received: twice, from });
  for (const key of ['adcGain', 'baseline'] as const) {
    if (hello[key].length !== leads.length) {
      throw new EcgError('HELLO_INVALID', `hello.${key} does not go with hello.leads`, {
        expected: `${leads.length} values`, received: `${hello[key].length}`, from });
    }
  }
  const rail = hello.railAdu;
  const easi = easiOrder(leads);
  if (!easi && leads.some(isEasi)) throw new EcgError('HELLO_INVALID', 'hello.leads is no EASI system', { expected: 'ES, AS and AI, and no other lead', received: leads.join(', '), from });
  const note = [...(hello.electrodes === 'mason-likar' ? ['Mason-Likar electrodes'] : []), ...(easi ? ['12 leads derived from EASI'] : [])];
  return {
    bed: hello.bed,
    source: hello.source,
    device: [hello.device, ...note].join(', '),
    samplingFrequency: hz(hello.samplingFrequencyHz),
    leads: easi ? STANDARD_LEADS : leads,
    easi,
    scale: { leadCount: leads.length, adcGain: hello.adcGain, baseline: hello.baseline },
    // A sum of three leads has no rail of its own.
    railUv: easi ? undefined : rail && leads.map((_, i) => [
      ((rail[0] - hello.baseline[i]!) * 1000) / hello.adcGain[i]!,
      ((rail[1] - hello.baseline[i]!) * 1000) / hello.adcGain[i]!,
    ] as const),
  };
}

/**
 * Reads a frame of a feed that said `hello`, and derives the leads of an EASI feed.
 * @throws EcgError FRAME_MALFORMED | FRAME_VERSION | FRAME_SAMPLES
 */
export function readFrame(bytes: Uint8Array, { scale, easi, bed }: Pick<Hello, 'scale' | 'easi' | 'bed'>): Frame {
  const frame = decodeFrame(bytes, scale, bed);
  if (!easi) return frame;
  const [es, as, ai] = easi.map((place) => frame.samplesUv[place]!) as [Float32Array, Float32Array, Float32Array];
  // Every derived lead needs all four electrodes.
  return { ...frame, samplesUv: deriveFromEasi(es, as, ai), leadOffMask: frame.leadOffMask === 0 ? 0 : 2 ** STANDARD_LEADS.length - 1 };
}

/** The answer to a hello, by socket.io acknowledgement. */
export type HelloReply =
  | { readonly ok: true; readonly bed: string; readonly epoch: number }
  | { readonly ok: false; readonly fault: FaultMessage };

/** Sent to the device when something it sent was refused. */
export interface FaultMessage {
  readonly code: string;
  readonly message: string;
  readonly expected?: string;
  readonly received?: string;
}

/** Frames a device may have in flight before the first acknowledgement after its hello. */
export const INITIAL_CREDITS = 16;

/** Acknowledges every frame up to and including `sequence`; `credits` more frames may be in flight. */
export interface AckMessage {
  readonly sequence: number;
  readonly credits: number;
}

/** What the device's connection holds of its bed. */
export interface FeedSession {
  readonly epoch: number;
  /** Whether it feeds the bed no longer: it was ended, or another feed has taken the bed. What is pushed then goes nowhere. */
  ended(): boolean;
  /** Takes one packed frame. @throws EcgError FRAME_* where it cannot be used; the bed goes on */
  push(bytes: Uint8Array): void;
  end(): void;
}

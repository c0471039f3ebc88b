/**
 * The configuration: one schema, read once at boot, frozen. Later sources win: defaults, the file named by
 * `--config`, the environment, command-line options. Unknown keys are refused.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { EcgError } from './ecg/errors.ts';
import { TOKEN } from './stream/bearer-token.ts';
import { BED_SLUG } from './stream/feed/feed.ts';
import { DEFAULT_RETENTION } from './stream/history/embedded/options.ts';

/** The project's own folder, whatever directory the command was given in. */
export const PROJECT_ROOT = fileURLToPath(new URL('.', import.meta.url));

const token = z.string().min(16, 'a token of at least 16 characters').regex(TOKEN, 'a token of letters, digits and -._~+/, as HTTP can carry it');

const priority = z.enum(['high', 'medium', 'low', 'technical']);

const schema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(8080),
  /** Names under which browsers may reach the server, beside the address it listens on. */
  allowedHosts: z.array(z.string()).default([]),
  /** Serve a demo ward of eight beds: recordings where they are found, simulated patients otherwise. */
  demo: z.boolean().default(false),
  /** Name of this server's ward, by which subscribers of /alerts ask for it. */
  ward: z.string().regex(/^[a-z0-9-]{1,32}$/, 'a name of at most 32 lower-case letters, digits and hyphens').default('ward-1'),
  /** Where the alarm ledger lives. */
  stateDirectory: z.string().min(1).default('state'),
  /** Path of the model's manifest; null serves without findings. */
  model: z.string().nullable().default('models/shipped/manifest.json'),
  /** What is looked for beside typed labels: null, the labels of the model's bank; else a set of models/label-sets, or a file like them. */
  labelSet: z.string().min(1).nullable().default(null),
  /** Below it lie the models that an engineer may put into service while the ward runs. */
  modelsDirectory: z.string().min(1).default('models'),
  search: z.strictObject({
    /** Segments that are searched, the newest; 512 bytes each with 128 numbers. The default holds eight beds for 18 hours in 134 MB. */
    maxSegments: z.int().min(1000).max(4_000_000).default(262_144),
  }).prefault({}),
  executionProvider: z.enum(['auto', 'cuda', 'webgpu', 'cpu']).default('auto'),
  /** Threads of the encoder on the CPU; one leaves the other cores to ingest. */
  encoderThreads: z.coerce.number().int().min(1).default(1),
  access: z.strictObject({
    /** Token per bed. A bed without one is open to feeds on a loopback address and closed elsewhere. */
    feedTokens: z.record(z.string().regex(BED_SLUG), token).default({}),
    /** People and programs that may look (viewer) or act (clinician, engineer). None: everybody on a loopback address may. */
    pageTokens: z.array(z.strictObject({
      token,
      role: z.enum(['viewer', 'clinician', 'engineer']),
      name: z.string().min(1),
      /** ISO 8601, `2027-01-31T00:00:00Z`; without it the token does not expire. */
      expires: z.iso.datetime({ offset: true }).optional(),
    })).default([]),
  }).prefault({}),
  /** What happened, kept: docs/history.md. */
  history: z.strictObject({
    /** `influxdb` keeps an embedded spool as well: what an outage of InfluxDB would lose is taken from it afterwards. */
    kind: z.enum(['embedded', 'influxdb', 'none']).default('embedded'),
    /** Null: `history` in the state directory. */
    directory: z.string().min(1).nullable().default(null),
    /** A file of 64 hexadecimal digits: the embedded store is encrypted at rest. */
    encryptionKeyFile: z.string().min(1).nullable().default(null),
    /** Prepared by `leadwatch init-influx`. */
    influx: z.strictObject({
      url: z.url().default('http://127.0.0.1:8086'),
      org: z.string().min(1).default('leadwatch'),
      token: z.string().default(''),
      bucketPrefix: z.string().regex(/^[a-z0-9-]+$/, 'a-z, 0-9 and "-"').default('leadwatch'),
    }).prefault({}),
    retention: z.strictObject({
      waveformsMs: z.number().positive().default(DEFAULT_RETENTION.waveformsMs),
      trendsMs: z.number().positive().default(DEFAULT_RETENTION.trendsMs),
      eventsMs: z.number().positive().default(DEFAULT_RETENTION.eventsMs),
      maxBytes: z.number().positive().default(DEFAULT_RETENTION.maxBytes),
    }).prefault({}),
  }).prefault({}),
  alarms: z.strictObject({
    /** A finding that lowers another alarm while it is signalled. No lethal alarm can be named. */
    demotions: z.array(z.strictObject({ condition: z.string().min(1), finding: z.string().regex(/^finding:[a-z0-9-]+$/), to: priority })).default([]),
  }).prefault({}),
  /** Receivers of alerts beside the socket; docs/alarms.md. */
  alerts: z.strictObject({
    webhooks: z.array(z.strictObject({
      url: z.url({ protocol: /^https?$/ }),
      /** Key of the signature. */
      secret: z.string().min(24, 'a secret of at least 24 characters'),
      priorities: z.array(priority).optional(),
    })).default([]),
    /** A receiver of HL7 v2 ORU^R40 over MLLP. */
    hl7: z.strictObject({ host: z.string().min(1), port: z.int().min(1).max(65_535), priorities: z.array(priority).optional() }).nullable().default(null),
  }).prefault({}),
  /** HL7 v2 over MLLP: monitors and gateways that send ORU^R01 or ORU^W01 waveforms (docs/feeds.md). */
  hl7Feed: z.strictObject({
    port: z.number().int().min(0).max(65_535),
    /** PEM files; with `ca`, the sender must show a certificate of it. */
    tls: z.strictObject({ key: z.string(), cert: z.string(), ca: z.string().optional() }).optional(),
    /** Whose messages are of which bed: PV1-3 or MSH-3 as it stands in the message. */
    beds: z.record(z.string().min(1), z.strictObject({ bed: z.string().regex(BED_SLUG), adcGain: z.number().positive().optional() })),
  }).optional(),
  /** Bounds on connections to every port; what is beyond is closed at once and counted on /health. */
  connections: z.strictObject({
    total: z.number().int().positive().default(8192),
    /** From one address; a gateway may bring a ward's beds. */
    perAddress: z.number().int().positive().default(1024),
    /** A request's header, or the upgrade to a socket, has to be whole by then. */
    handshakeMs: z.number().int().positive().default(10_000),
  }).prefault({}),
  /** Feeds through an MQTT broker (docs/feeds.md). */
  mqttFeed: z.strictObject({
    url: z.url({ protocol: /^(mqtt|mqtts|ws|wss)$/ }),
    username: z.string().optional(),
    password: z.string().optional(),
    prefix: z.string().regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, 'topic levels of letters, digits, "_" and "-"').default('leadwatch/feeds'),
  }).optional(),
  /** Lines of text over TCP: hobby boards (docs/feeds.md). */
  lineFeed: z.strictObject({ port: z.number().int().min(0).max(65_535) }).optional(),
  /** Vital Recorder's upload; `rooms` says which bed `VRCODE/ROOM` is (docs/feeds.md). */
  vitalFeed: z.strictObject({
    port: z.number().int().min(0).max(65_535),
    rooms: z.record(z.string().min(3), z.string().regex(BED_SLUG)),
  }).optional(),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug']).default('info'),
});
export type Config = Readonly<z.output<typeof schema>>;
export type ConfigInput = z.input<typeof schema>;

const FROM_ENVIRONMENT: Readonly<Record<string, keyof ConfigInput>> = {
  HOST: 'host',
  PORT: 'port',
  LEADWATCH_STATE: 'stateDirectory',
  LEADWATCH_MODEL: 'model',
  LEADWATCH_LABEL_SET: 'labelSet',
  LEADWATCH_PROVIDER: 'executionProvider',
  LEADWATCH_LOG: 'logLevel',
};

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1']);
export const isLoopback = (host: string): boolean => LOOPBACK.has(host);

/**
 * @param options from the command line; undefined values are not given
 * @throws EcgError CONFIG_INVALID | TOKENS_REQUIRED
 */
export function loadConfig(options: Partial<ConfigInput> & { readonly config?: string } = {}, environment: NodeJS.ProcessEnv = process.env): Config {
  const { config: file, ...given } = options;
  const fromEnvironment = Object.fromEntries(
    Object.entries(FROM_ENVIRONMENT).flatMap(([name, key]) => (environment[name] ? [[key, environment[name]]] : [])),
  );
  const fromFile = file === undefined ? {} : readConfigFile(file);
  const parsed = schema.safeParse({ ...fromFile, ...fromEnvironment, ...definedOf(given) });
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new EcgError('CONFIG_INVALID', `setting ${issue.path.join('.') || '(root)'} cannot be used`, { expected: issue.message, from: file ?? 'options and environment' });
  }
  const config = parsed.data;
  if (!isLoopback(config.host) && (config.access.pageTokens.length === 0 || Object.keys(config.access.feedTokens).length === 0)) {
    throw new EcgError('TOKENS_REQUIRED', `host ${config.host} is reachable from other machines`, {
      expected: 'access.feedTokens and access.pageTokens in the configuration file', received: 'no tokens', from: 'host' });
  }
  return Object.freeze(config);
}

function readConfigFile(path: string): object {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as object;
  } catch (cause) {
    throw new EcgError('CONFIG_INVALID', 'the configuration file cannot be read', { expected: 'JSON', received: (cause as Error).message, from: path, cause });
  }
}

const definedOf = (given: object): object => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

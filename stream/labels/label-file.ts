/** The labels that people typed and the alarms they armed, on disk: whole or not at all, with an audit file beside it. */
import { appendFile, mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../ecg/clock.ts';
import type { Principal } from '../access.ts';
import { replaceFile } from '../replace-file.ts';

const alarmSchema = z.strictObject({ priority: z.enum(['medium', 'low']), threshold: z.number(), dwellMs: z.number() });
const typedSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  synonyms: z.array(z.string()),
  negatives: z.array(z.string()),
  /** What an alarm would be, or is. */
  alarm: alarmSchema.nullable(),
  armed: z.boolean(),
  /** Of the model whose space `direction` lies in. */
  modelId: z.string(),
  /** base64 of little-endian float32: scored at once after a restart, before any text encoder has been opened. */
  direction: z.string(),
});
const fileSchema = z.strictObject({
  version: z.literal(1),
  labels: z.array(typedSchema),
  /** Labels of the bank whose alarm a person armed, or disarmed (null). */
  alarms: z.record(z.string(), alarmSchema.nullable()),
  /** The label set that a person chose, null: the model's own labels; absent: nobody did, the configuration says. */
  set: z.string().nullable().exactOptional(),
});

export type TypedLabel = z.output<typeof typedSchema>;
export type LabelState = Omit<z.output<typeof fileSchema>, 'version'>;

const FILE = 'labels.json';
const AUDIT = 'labels-audit.jsonl';

export class LabelFile {
  readonly #directory: string;
  readonly #clock: Clock;

  constructor(directory: string, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /** A file that cannot be read is put aside: it costs the typed labels, never the ward. */
  async load(warn: (message: string) => void): Promise<LabelState> {
    const path = join(this.#directory, FILE);
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) return { labels: [], alarms: {} };
    try {
      const { version: _, ...state } = fileSchema.parse(JSON.parse(text));
      return state;
    } catch (error) {
      const aside = `${path}.damaged-${this.#clock.now()}`;
      await rename(path, aside);
      warn(`the file of typed labels cannot be read (${(error as Error).message.slice(0, 200)}); put aside as ${aside}: no typed label is scored`);
      return { labels: [], alarms: {} };
    }
  }

  async save(state: LabelState): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    const path = join(this.#directory, FILE);
    await replaceFile(path, `${JSON.stringify({ version: 1, ...state }, undefined, 2)}\n`, { mode: 0o600, flush: true });
  }

  /** Who did what, and why. */
  async audit(by: Principal, what: string, label: string, reason: string, detail: object = {}): Promise<void> {
    const entry = { at: new Date(this.#clock.now()).toISOString(), who: by.name, role: by.role, what, label, reason, ...detail };
    await mkdir(this.#directory, { recursive: true });
    await appendFile(join(this.#directory, AUDIT), `${JSON.stringify(entry)}\n`, { mode: 0o600, flush: true });
  }
}

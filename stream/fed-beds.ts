/**
 * Which beds devices feed, in a file: a device that does not come back after a restart of the server is missed, and its bed
 * shown without data, instead of being forgotten. Recordings and simulations are nobody's patient and are not kept.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../ecg/clock.ts';
import { canonicalLead } from '../ecg/leads.ts';
import { epochMs, hz, ms } from '../ecg/units.ts';
import type { AlarmDesk } from './alarm/desk.ts';
import { BED_SLUG, MAX_SAMPLING_FREQUENCY, MIN_SAMPLING_FREQUENCY, type Hello } from './feed/feed.ts';
import { replaceFile } from './replace-file.ts';
import type { Ward } from './ward.ts';

const FILE = 'fed-beds.json';
/** So far behind the file may be after a crash, and so much too long the silence that is told. */
const WRITE_EVERY = ms(5000);
/** Devices have so long after a start to come back before they are missed: most ask again every few seconds. */
export const RETURN_WITHIN = ms(10_000);
/** A bed that nothing has come from for longer, a shift, was left: somebody would have missed its patient. */
export const LEFT_AFTER = ms(12 * 3_600_000);

const schema = z.array(z.strictObject({
  bed: z.string().regex(BED_SLUG),
  device: z.string(),
  samplingFrequencyHz: z.number().min(MIN_SAMPLING_FREQUENCY).max(MAX_SAMPLING_FREQUENCY),
  leads: z.array(z.string().transform((name, context) => canonicalLead(name) ?? (context.addIssue(`no lead ${name}`), z.NEVER))).min(1),
  /** Server clock. */
  lastSampleMs: z.number(),
}));
type FedBed = z.output<typeof schema>[number];

export interface FedBedsParts {
  readonly directory: string;
  readonly clock: Clock;
  readonly ward: Pick<Ward, 'beds' | 'bed' | 'miss'>;
  readonly desk: Pick<AlarmDesk, 'beds' | 'alarmsOf' | 'apply'>;
  /** False where people have taken the device from the bed meanwhile. */
  readonly isExpected: (bed: string) => boolean;
  readonly warn: (message: string) => void;
}

/** A file that cannot be read or written costs what it is for, with a warning; never the server. @returns ends the timers, and writes once more */
export async function keepFedBeds({ directory, clock, ward, desk, isExpected, warn }: FedBedsParts): Promise<() => Promise<void>> {
  const path = join(directory, FILE);
  let missing = await readFedBeds(path, warn);
  const silentBefore = desk.beds().filter((bed) => desk.alarmsOf(bed).some(({ condition }) => condition === 'noData'));
  let written = '';
  let writing = Promise.resolve();

  const current = (): FedBed[] => {
    const now = clock.now();
    const fed = ward.beds().flatMap(({ bed, lastSampleMs, hello: { source, device, samplingFrequency, leads } }): FedBed[] => (
      source === 'device' && lastSampleMs !== undefined ? [{ bed, device, samplingFrequencyHz: samplingFrequency, leads: [...leads], lastSampleMs }] : []));
    return [...missing.filter(({ bed }) => !ward.bed(bed)), ...fed].filter(({ lastSampleMs }) => now - lastSampleMs <= LEFT_AFTER);
  };
  const write = (): Promise<void> => (writing = writing.then(async () => {
    const text = JSON.stringify(current());
    if (text === written) return;
    await replaceFile(path, text);
    written = text;
  }).catch((error: Error) => warn(`the list of beds that are fed was not written: ${error.message}`)));

  const stop = [
    clock.every(WRITE_EVERY, () => void write()),
    clock.after(RETURN_WITHIN, () => {
      for (const { bed, device, samplingFrequencyHz, leads, lastSampleMs } of current()) {
        if (!ward.bed(bed) && isExpected(bed)) ward.miss(helloOf(bed, device, samplingFrequencyHz, leads), epochMs(Math.min(lastSampleMs, clock.now())));
      }
      missing = [];
      // A bed that is on no page can be answered on none: that it has no data ends where nobody expects it back.
      for (const bed of silentBefore) {
        if (!ward.bed(bed)) desk.apply(bed, { type: 'condition', condition: 'noData', active: false, onsetMs: clock.now(), cause: 'not fed since the server started, and not expected back' });
      }
    }),
  ];
  await mkdir(directory, { recursive: true });
  return () => {
    for (const end of stop) end();
    return write();
  };
}

/** What the page shows of a bed; frames are read by the hello that its device says anew. */
const helloOf = (bed: string, device: string, samplingFrequencyHz: number, leads: FedBed['leads']): Hello => ({
  bed, source: 'device', device, samplingFrequency: hz(samplingFrequencyHz), leads,
  scale: { leadCount: leads.length, adcGain: leads.map(() => 1), baseline: leads.map(() => 0) }, railUv: undefined });

async function readFedBeds(path: string, warn: (message: string) => void): Promise<FedBed[]> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') warn(`the list of beds that were fed cannot be read; a device that does not come back will not be missed: ${(error as Error).message}`);
    return [];
  }
}

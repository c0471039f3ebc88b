/** The `arms` of mets.json: figures of baselines and other models, kept when the shipped model's tables are made anew. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

type Json = { readonly [key: string]: unknown };

const read = (path: string): Json => (existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Json) : {});

/** Measured by other commands than the tables. */
const KEPT = ['train', 'arms'] as const;

/** Writes the tables, with the arms and the time of training that the file had. */
export function writeTables(path: string, tables: Json): void {
  const before = read(path);
  const kept = Object.fromEntries(KEPT.flatMap((key) => (before[key] === undefined ? [] : [[key, before[key]]])));
  writeFileSync(path, `${JSON.stringify({ ...tables, ...kept }, undefined, 2)}\n`);
}

/** How long training takes, and beside what. */
export const writeTrain = (path: string, figures: Json): void => writeFileSync(path, `${JSON.stringify({ ...read(path), train: figures }, undefined, 2)}\n`);

/** All arms, by name. */
export const readArms = (path: string): Readonly<Record<string, Json>> => (read(path)['arms'] ?? {}) as Record<string, Json>;

/** Adds or replaces one arm; what was found of the same encoder before, and is not found anew, stays. */
export function writeArm(path: string, name: string, figures: Json): void {
  const tables = read(path);
  const arms = readArms(path);
  const before = arms[name];
  const same = before !== undefined && before['encoder'] === figures['encoder'];
  writeFileSync(path, `${JSON.stringify({ ...tables, arms: { ...arms, [name]: { ...(same && before), ...figures } } }, undefined, 2)}\n`);
}

/** The `arms` of mets.json: figures of baselines and other models, kept when the shipped model's tables are made anew. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

type Json = { readonly [key: string]: unknown };

const read = (path: string): Json => (existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Json) : {});

/** Writes the tables, with the arms that the file had. */
export function writeTables(path: string, tables: Json): void {
  const { arms } = read(path);
  writeFileSync(path, `${JSON.stringify({ ...tables, ...(arms !== undefined && { arms }) }, undefined, 2)}\n`);
}

/** Adds or replaces one arm. */
export function writeArm(path: string, name: string, figures: Json): void {
  const tables = read(path);
  const arms = (tables['arms'] ?? {}) as Json;
  writeFileSync(path, `${JSON.stringify({ ...tables, arms: { ...arms, [name]: figures } }, undefined, 2)}\n`);
}

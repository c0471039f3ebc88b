import { renameSync, writeFileSync } from 'node:fs';

/** Whoever reads the path finds what was there before or all of the content, never half of it. */
export function replaceFile(path: string, content: Uint8Array | string): void {
  writeFileSync(`${path}.partial`, content);
  renameSync(`${path}.partial`, path);
}

import { rename, writeFile } from 'node:fs/promises';

export interface FileOptions {
  readonly mode?: number;
  /** On the disk before it is answered. */
  readonly flush?: boolean;
}

/** Whoever reads the path finds what was there before or all of the text, never half of it. */
export async function replaceFile(path: string, text: string, options: FileOptions = {}): Promise<void> {
  await writeFile(`${path}.new`, text, options);
  await rename(`${path}.new`, path);
}

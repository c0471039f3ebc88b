/** Keys and certificates from the files that the configuration names. */
import { readFileSync } from 'node:fs';
import type { TlsOptions } from 'node:tls';
import { EcgError } from '../../../ecg/errors.ts';

export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
  /** Whoever connects must show a certificate of this authority. */
  readonly ca?: string | undefined;
}

/** @throws EcgError CONFIG_INVALID where a file cannot be read */
export function readTls(files: TlsFiles | undefined): TlsOptions | undefined {
  if (!files) return undefined;
  try {
    const options = { key: readFileSync(files.key), cert: readFileSync(files.cert), minVersion: 'TLSv1.2' as const };
    return files.ca === undefined ? options : { ...options, ca: readFileSync(files.ca), requestCert: true, rejectUnauthorized: true };
  } catch (cause) {
    throw new EcgError('CONFIG_INVALID', 'a file of hl7Feed.tls cannot be read', { expected: 'PEM files', received: (cause as Error).message, from: 'hl7Feed.tls', cause });
  }
}

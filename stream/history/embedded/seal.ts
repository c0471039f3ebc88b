/**
 * Encryption at rest: AES-256-GCM per stored value, with a key of its own for every file (HKDF from the configured
 * key and the file's salt), so that random nonces stay far below the bound of one key (NIST SP 800-38D: 2^32).
 * Where a value lies is authenticated with it: a value moved to another row does not open.
 *
 *   12 bytes nonce | ciphertext | 16 bytes tag
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface Seal {
  close(value: Uint8Array, place: string): Uint8Array;
  /** @throws Error where the value was changed, moved, or sealed with another key */
  open(sealed: Uint8Array, place: string): Uint8Array;
}

/** Values as they are. */
export const NO_SEAL: Seal = { close: (value) => value, open: (value) => value };

/** @param key 32 bytes */
export function sealOf(key: Uint8Array, salt: Uint8Array): Seal {
  const fileKey = Buffer.from(hkdfSync('sha256', key, salt, 'leadwatch history', 32));
  return {
    close(value, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', fileKey, nonce).setAAD(Buffer.from(place));
      return Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, place) {
      const end = sealed.length - TAG_BYTES;
      const decipher = createDecipheriv('aes-256-gcm', fileKey, sealed.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(place));
      decipher.setAuthTag(sealed.subarray(end));
      return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]));
    },
  };
}

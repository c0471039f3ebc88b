/** Who may feed which bed, and who may look or act. Tokens are compared by digest, in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { systemClock, type Clock } from '../ecg/clock.ts';
import { EcgError } from '../ecg/errors.ts';

export type Role = 'viewer' | 'clinician' | 'engineer';

/** A person or program, as far as the token tells. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
}

export interface PageToken extends Principal {
  readonly token: string;
  /** From this time on the token is worth nothing; without one it does not expire. ISO 8601. */
  readonly expires?: string | undefined;
}

export interface AccessOptions {
  readonly feedTokens: Readonly<Record<string, string>>;
  readonly pageTokens: readonly PageToken[];
  /** True on a loopback address: a bed without a token is open, and so is the page while there are no page tokens. */
  readonly openByDefault: boolean;
  readonly clock?: Pick<Clock, 'now'>;
}

const digest = (token: string): Buffer => createHash('sha256').update(token).digest();
const same = (a: Buffer, b: Buffer): boolean => timingSafeEqual(a, b);

export class Access {
  readonly #feeds: ReadonlyMap<string, Buffer>;
  readonly #people: readonly (Principal & { readonly digest: Buffer; readonly expiresMs: number })[];
  readonly #openByDefault: boolean;
  readonly #clock: Pick<Clock, 'now'>;

  constructor({ feedTokens, pageTokens, openByDefault, clock = systemClock }: AccessOptions) {
    this.#feeds = new Map(Object.entries(feedTokens).map(([bed, token]) => [bed, digest(token)]));
    this.#people = pageTokens.map(({ token, role, name, expires }) => (
      { role, name, digest: digest(token), expiresMs: expires === undefined ? Infinity : Date.parse(expires) }));
    this.#clock = clock;
    this.#openByDefault = openByDefault;
  }

  /** @throws EcgError FEED_UNAUTHORISED */
  checkFeed(token: string | undefined, bed: string): void {
    const refuse = (received: string): never => {
      throw new EcgError('FEED_UNAUTHORISED', `this feed may not send as ${bed}`, { expected: `the token of ${bed}`, received, from: `feed of ${bed}` });
    };
    const given = token === undefined ? undefined : digest(token);
    const wanted = this.#feeds.get(bed);
    if (wanted) {
      if (!given) refuse('no token');
      else if (!same(wanted, given)) refuse(this.#ownerOf(given) ?? 'an unknown token');
      return;
    }
    const owner = given && this.#ownerOf(given);
    if (owner) refuse(owner);
    if (!this.#openByDefault) refuse(given ? 'an unknown token' : 'no token');
  }

  /** Who holds this token, unless it has expired; everybody is a clinician on a loopback address while no page tokens are set. */
  principalOf(token: string | undefined): Principal | undefined {
    if (this.#people.length === 0) return this.#openByDefault ? { name: 'local', role: 'clinician' } : undefined;
    if (token === undefined) return undefined;
    const given = digest(token);
    const person = this.#people.find((entry) => same(entry.digest, given));
    return person && this.#clock.now() < person.expiresMs ? { name: person.name, role: person.role } : undefined;
  }

  #ownerOf(given: Buffer): string | undefined {
    for (const [bed, wanted] of this.#feeds) if (same(wanted, given)) return `the token of ${bed}`;
    return undefined;
  }
}

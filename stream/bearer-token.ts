/**
 * Tokens in HTTP. What a token may be made of is what RFC 6750 lets stand behind `Bearer`, so that every token that can
 * be configured can also be sent.
 */
export const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** The token of an `Authorization: Bearer ...` header; undefined where there is none. */
export function bearerToken(header: string | undefined): string | undefined {
  const token = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  return token !== undefined && TOKEN.test(token) ? token : undefined;
}

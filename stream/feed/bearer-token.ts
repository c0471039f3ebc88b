/** The token of an `Authorization: Bearer ...` header; undefined where there is none. */
export const bearerToken = (header: string | undefined): string | undefined => /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];

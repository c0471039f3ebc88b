import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../config.ts';
import { bearerToken } from '../../../stream/bearer-token.ts';

describe('a token in the Authorization header', () => {
  it.each([
    ['Bearer abc.DEF-1_2~3+4/5==', 'abc.DEF-1_2~3+4/5=='],
    ['bearer   abc', 'abc'],
    ['Bearer a token', undefined],
    ['Bearer "quoted"', undefined],
    ['Basic abc', undefined],
    ['Bearer ', undefined],
    [undefined, undefined],
  ])('%s is %s', (header, token) => expect(bearerToken(header)).toBe(token));
});

it('no token can be configured that could not be sent', () => {
  const withToken = (token: string): unknown => loadConfig({ access: { feedTokens: {}, pageTokens: [{ token, role: 'viewer', name: 'a' }] } }, {});
  expect(() => withToken('a token with spaces in it')).toThrow(/letters, digits/);
  expect(() => withToken('a-token-of-sixteen-characters')).not.toThrow();
});

import { describe, expect, it } from 'vitest';
import { epochMs } from '../../../ecg/units.ts';
import { loadConfig } from '../../../config.ts';
import { Access } from '../../../stream/access.ts';

const FEED = { 'bed-1': 'token-of-bed-number-1', 'bed-2': 'token-of-bed-number-2' };
const PEOPLE = [{ token: 'a-clinician-s-token', role: 'clinician' as const, name: 'nurse' }];

describe('feed tokens', () => {
  const open = new Access({ feedTokens: FEED, pageTokens: [], openByDefault: true });
  const closed = new Access({ feedTokens: FEED, pageTokens: PEOPLE, openByDefault: false });
  it('open their own bed and no other', () => {
    expect(() => open.checkFeed(FEED['bed-1'], 'bed-1')).not.toThrow();
    expect(() => open.checkFeed(FEED['bed-1'], 'bed-2')).toThrow(/expected the token of bed-2, received the token of bed-1/);
    expect(() => open.checkFeed(FEED['bed-1'], 'bed-9')).toThrow(/received the token of bed-1/);
    expect(() => open.checkFeed(undefined, 'bed-1')).toThrow(/received no token/);
  });
  it('are needed for every bed as soon as other machines can reach the server', () => {
    expect(() => open.checkFeed(undefined, 'bed-9')).not.toThrow();
    expect(() => closed.checkFeed(undefined, 'bed-9')).toThrow(/received no token/);
    expect(() => closed.checkFeed('an-unknown-token-here', 'bed-9')).toThrow(/an unknown token/);
  });
});

describe('page tokens', () => {
  it('say who somebody is; without any, everybody on this machine is a clinician', () => {
    const access = new Access({ feedTokens: {}, pageTokens: PEOPLE, openByDefault: true });
    expect(access.principalOf('a-clinician-s-token')).toEqual({ name: 'nurse', role: 'clinician' });
    expect(access.principalOf('another-token-here')).toBeUndefined();
    expect(access.principalOf(undefined)).toBeUndefined();
    expect(new Access({ feedTokens: {}, pageTokens: [], openByDefault: true }).principalOf(undefined)?.role).toBe('clinician');
    expect(new Access({ feedTokens: {}, pageTokens: [], openByDefault: false }).principalOf(undefined)).toBeUndefined();
  });
});

describe('the configuration', () => {
  it('takes the port from the environment and lets an option win', () => {
    expect(loadConfig({}, { PORT: '9000' }).port).toBe(9000);
    expect(loadConfig({ port: 9001 }, { PORT: '9000' }).port).toBe(9001);
    expect(loadConfig({}, {})).toMatchObject({ host: '127.0.0.1', port: 8080 });
  });
  it('refuses unknown keys, impossible values and short tokens, naming the setting', () => {
    expect(() => loadConfig({ prot: 1 } as never, {})).toThrow(/prot/);
    expect(() => loadConfig({ port: 70_000 }, {})).toThrow(/port/);
    expect(() => loadConfig({ access: { feedTokens: { 'bed-1': 'short' } } }, {})).toThrow(/access\.feedTokens\.bed-1.*16 characters/);
  });
  it('refuses to listen beyond this machine without tokens', () => {
    expect(() => loadConfig({ host: '0.0.0.0' }, {})).toThrow(expect.objectContaining({ code: 'TOKENS_REQUIRED' }));
    expect(loadConfig({ host: '0.0.0.0', access: { feedTokens: FEED, pageTokens: PEOPLE } }, {}).host).toBe('0.0.0.0');
  });
});

describe('a token that expires', () => {
  it('is worth nothing from its time on', () => {
    let now = Date.parse('2026-11-25T11:59:59.999Z');
    const token = 'a token of the test';
    const access = new Access({
      feedTokens: {}, openByDefault: true, clock: { now: () => epochMs(now) },
      pageTokens: [{ token, role: 'clinician', name: 'visitor', expires: '2026-11-25T13:00:00+01:00' }],
    });
    expect(access.principalOf(token)).toEqual({ name: 'visitor', role: 'clinician' });
    now += 1;
    expect(access.principalOf(token)).toBeUndefined();
  });
});

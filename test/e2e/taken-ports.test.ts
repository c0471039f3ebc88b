/** Ports that another program has: the server does not start, and says in one line which setting to change. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer } from '../helpers/running-server.ts';

let other: Server;
let port = 0;

beforeAll(async () => {
  other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  port = (other.address() as AddressInfo).port;
});
afterAll(() => void other.close());

it.each([
  ['PORT', () => ({ port })],
  ['hl7Feed.port', () => ({ hl7Feed: { port, beds: {} } })],
  ['lineFeed.port', () => ({ lineFeed: { port } })],
  ['vitalFeed.port', () => ({ vitalFeed: { port, rooms: {} } })],
])('%s', async (setting, taken) => {
  await expect(startTestServer(taken())).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(`set ${setting}`) });
});

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { main as beds } from '../../../stream/feed/beds-command.ts';
import { askServer } from '../../../stream/server-client.ts';
import { main as swapModel } from '../../../stream/swap-model-command.ts';

let server: Server | undefined;
afterEach(() => {
  server?.close();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** A server that answers as told. @returns its address */
async function answering(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a server asked from a terminal', () => {
  it('is told who asks, and its answer is given back, an empty one too', async () => {
    const url = await answering((request, response) => response.end(request.method === 'DELETE' ? '' : JSON.stringify({ path: request.url, token: request.headers.authorization })));
    expect(await askServer({ url, token: 'abc' }, 'GET', '/beds')).toEqual({ path: '/beds', token: 'Bearer abc' });
    expect(await askServer({ url, token: '' }, 'GET', '/beds')).toEqual({ path: '/beds' });
    expect(await askServer({ url, token: '' }, 'DELETE', '/beds/icu-1/token')).toEqual({});
  });

  it('refuses with its own code and words; what speaks no such thing is no Leadwatch server', async () => {
    const url = await answering((request, response) => {
      response.statusCode = 422;
      response.end(request.url === '/html' ? '<html>' : JSON.stringify({ code: 'MODEL_CHECKSUM', message: 'another file' }));
    });
    await expect(askServer({ url, token: '' }, 'POST', '/model', {})).rejects.toMatchObject({ code: 'MODEL_CHECKSUM', message: expect.stringContaining('another file') });
    await expect(askServer({ url, token: '' }, 'GET', '/html')).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE', message: expect.stringContaining('422') });
    server!.close();
    server!.closeAllConnections();
    await expect(askServer({ url, token: '' }, 'GET', '/beds')).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE', message: expect.stringContaining('LEADWATCH_URL') });
  });

  it.each([
    ['beds', () => beds(['list']), '/beds'],
    ['swap-model', () => swapModel(['models/other/manifest.json']), '/model'],
  ] as const)('is found by `leadwatch %s` through LEADWATCH_URL, with the token of LEADWATCH_TOKEN', async (_, run, path) => {
    const asked: (string | undefined)[] = [];
    const url = await answering((request, response) => {
      asked.push(request.url, request.headers.authorization);
      response.end(JSON.stringify({ beds: [], lostAlarms: [] }));
    });
    vi.stubEnv('LEADWATCH_URL', url);
    vi.stubEnv('LEADWATCH_TOKEN', 'from-the-environment');
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    await run();
    expect(asked).toEqual([path, 'Bearer from-the-environment']);
  });
});

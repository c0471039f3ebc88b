import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fetchDatabase } from '../../../../stream/recordings/fetch.ts';
import { FETCHING_MARK, findRecordings } from '../../../../stream/recordings/locate.ts';
import { silentProgress } from '../../../../stream/recordings/progress.ts';
import { temporaryDirectory } from '../../../helpers/temporary-directory.ts';

interface Publisher {
  readonly url: string;
  /** `GET 100.dat` or `GET 100.dat bytes=3-`, in order. */
  readonly requests: string[];
}

const sha256 = (bytes: string): string => createHash('sha256').update(bytes).digest('hex');

/** A real HTTP server that publishes `files` as MIT-BIH; `cutAfter` ends the first answer for a file after so many bytes. */
async function publisher(files: Record<string, string>, options: { cutAfter?: Record<string, number>; list?: Record<string, string>; ranges?: boolean } = {}): Promise<Publisher> {
  const requests: string[] = [];
  const cut = new Map(Object.entries(options.cutAfter ?? {}));
  const list = Object.entries({ ...files, ...options.list }).map(([name, text]) => `${sha256(text)} ${name}\n`).join('');
  const server = createServer((request, response) => {
    const name = request.url!.replace('/mitdb/1.0.0/', '');
    const body = name === 'SHA256SUMS.txt' ? list : files[name];
    if (name !== 'SHA256SUMS.txt') requests.push(`GET ${name}${request.headers.range ? ` ${request.headers.range}` : ''}`);
    if (body === undefined) return void response.writeHead(404).end();
    const from = options.ranges === false ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (from >= body.length) return void response.writeHead(416).end();
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': body.length - from });
    const stop = cut.get(name);
    cut.delete(name);
    if (stop === undefined) response.end(body.slice(from));
    else response.write(body.slice(from, stop), () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

const FILES = { '100.hea': '100 1 360 2\n', '100.dat': 'abcdefghij', '100.atr': 'xyz', 'mitdbdir/intro.htm': 'not needed', '100.xws': 'nor this' };

describe('fetching a database', () => {
  it('downloads the files it needs and leaves a folder that is found', async () => {
    const data = temporaryDirectory();
    const { url, requests } = await publisher(FILES);
    expect(await fetchDatabase('mitdb', data, url, silentProgress)).toEqual({ directory: join(data, 'mitdb'), files: 3, downloaded: 3 });
    expect(readFileSync(join(data, 'mitdb/100.dat'), 'utf8')).toBe('abcdefghij');
    expect(requests.sort()).toEqual(['GET 100.atr', 'GET 100.dat', 'GET 100.hea']);
    expect(findRecordings('mitdb', { dataDirectory: data })?.form).toBe('plain');
  });

  it('asks for nothing that is whole, and again for what is not', async () => {
    const data = temporaryDirectory();
    const { url, requests } = await publisher(FILES);
    await fetchDatabase('mitdb', data, url, silentProgress);
    requests.length = 0;
    writeFileSync(join(data, 'mitdb/100.atr'), 'spoilt');
    expect(await fetchDatabase('mitdb', data, url, silentProgress)).toMatchObject({ downloaded: 1 });
    expect(requests).toEqual(['GET 100.atr']);
    expect(readFileSync(join(data, 'mitdb/100.atr'), 'utf8')).toBe('xyz');
  });

  it('continues a file where an earlier run stopped', async () => {
    const data = temporaryDirectory();
    mkdirSync(join(data, 'mitdb'));
    writeFileSync(join(data, 'mitdb/100.dat.part'), 'abcd');
    const { url, requests } = await publisher(FILES);
    await fetchDatabase('mitdb', data, url, silentProgress);
    expect(requests).toContain('GET 100.dat bytes=4-');
    expect(readFileSync(join(data, 'mitdb/100.dat'), 'utf8')).toBe('abcdefghij');
    expect(existsSync(join(data, 'mitdb/100.dat.part'))).toBe(false);
  });

  it('continues a file whose connection broke', async () => {
    const data = temporaryDirectory();
    const { url } = await publisher(FILES, { cutAfter: { '100.dat': 6 } });
    await fetchDatabase('mitdb', data, url, silentProgress);
    expect(readFileSync(join(data, 'mitdb/100.dat'), 'utf8')).toBe('abcdefghij');
  });

  it('begins anew where the server cannot continue, or what was there is of another file', async () => {
    const data = temporaryDirectory();
    mkdirSync(join(data, 'mitdb'));
    writeFileSync(join(data, 'mitdb/100.dat.part'), 'ABCDEFGHIJKLMNOP');
    writeFileSync(join(data, 'mitdb/100.atr.part'), 'zz');
    await fetchDatabase('mitdb', data, (await publisher(FILES)).url, silentProgress);
    expect(readFileSync(join(data, 'mitdb/100.dat'), 'utf8')).toBe('abcdefghij');
    expect(readFileSync(join(data, 'mitdb/100.atr'), 'utf8')).toBe('xyz');
    const other = temporaryDirectory();
    mkdirSync(join(other, 'mitdb'));
    writeFileSync(join(other, 'mitdb/100.dat.part'), 'abcd');
    await fetchDatabase('mitdb', other, (await publisher(FILES, { ranges: false })).url, silentProgress);
    expect(readFileSync(join(other, 'mitdb/100.dat'), 'utf8')).toBe('abcdefghij');
  });

  it('refuses a file that is not the one listed, and the folder is not taken for complete', async () => {
    const data = temporaryDirectory();
    const { url } = await publisher(FILES, { list: { '100.dat': 'something else' } });
    await expect(fetchDatabase('mitdb', data, url, silentProgress)).rejects.toMatchObject({
      code: 'DATA_FETCH', expected: `SHA-256 ${sha256('something else')}`, received: sha256('abcdefghij'), from: `${url}/mitdb/1.0.0/100.dat` });
    expect(existsSync(join(data, 'mitdb', FETCHING_MARK))).toBe(true);
    expect(findRecordings('mitdb', { dataDirectory: data })).toBeUndefined();
  });

  it('says what to do where the publisher cannot be reached', async () => {
    const data = temporaryDirectory();
    const gone = await publisher({});
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const port = (closed.address() as AddressInfo).port;
    await new Promise<void>((resolve) => closed.close(() => resolve()));
    await expect(fetchDatabase('mitdb', data, `http://127.0.0.1:${port}`, silentProgress)).rejects.toMatchObject({ code: 'DATA_FETCH', received: 'ECONNREFUSED' });
    await expect(fetchDatabase('mitdb', data, `http://127.0.0.1:${port}`, silentProgress)).rejects.toThrow(/on an open network the same command continues/);
    await expect(fetchDatabase('ptb-xl', data, gone.url, silentProgress)).rejects.toMatchObject({ code: 'DATA_FETCH', received: 'status 404' });
  });
});

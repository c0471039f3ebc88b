import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheDirectory } from '../../../../models/cache-directory.ts';
import { dataDirectories, FETCHING_MARK, fetchDirectory, findRecordings } from '../../../../stream/recordings/locate.ts';
import { temporaryDirectory } from '../../../helpers/temporary-directory.ts';

describe('finding recordings', () => {
  it('looks only where LEADWATCH_DATA says, else beside the project and in it', () => {
    expect(dataDirectories({ environment: { LEADWATCH_DATA: '/mnt/ecg' } })).toEqual(['/mnt/ecg']);
    const [beside, inside] = dataDirectories({ environment: {} });
    expect(beside).toMatch(/\/shared\/data$/);
    expect(inside).toBe(fetchDirectory({ environment: {} }));
  });

  it('takes the publisher\'s layout before the packed one', () => {
    const data = temporaryDirectory();
    for (const folder of ['mitdb', 'monitoring/mitdb']) mkdirSync(join(data, folder), { recursive: true });
    writeFileSync(join(data, 'monitoring/mitdb/100.br'), '');
    expect(findRecordings('mitdb', { dataDirectory: data })).toEqual({ form: 'packed', directory: join(data, 'monitoring/mitdb') });
    writeFileSync(join(data, 'mitdb/100.dat'), '');
    expect(findRecordings('mitdb', { dataDirectory: data })).toEqual({ form: 'plain', directory: join(data, 'mitdb') });
  });

  it('passes over a folder that a download has not finished', () => {
    const data = temporaryDirectory();
    mkdirSync(join(data, 'ptb-xl/records100'), { recursive: true });
    writeFileSync(join(data, 'ptb-xl/ptbxl_database.csv'), '');
    expect(findRecordings('ptb-xl', { dataDirectory: data })).toEqual({ form: 'plain', directory: join(data, 'ptb-xl') });
    writeFileSync(join(data, 'ptb-xl', FETCHING_MARK), '');
    expect(findRecordings('ptb-xl', { dataDirectory: data })).toBeUndefined();
  });
});

describe('the cache', () => {
  it('is where LEADWATCH_CACHE says, else in the XDG folder, else in ~/.cache', () => {
    expect(cacheDirectory('recordings', { LEADWATCH_CACHE: '/big/disk', XDG_CACHE_HOME: '/xdg' })).toBe('/big/disk/recordings');
    expect(cacheDirectory('recordings', { XDG_CACHE_HOME: '/xdg' })).toBe('/xdg/leadwatch/recordings');
    expect(cacheDirectory('recordings', { XDG_CACHE_HOME: 'relative' })).toMatch(/\/\.cache\/leadwatch\/recordings$/);
  });
});

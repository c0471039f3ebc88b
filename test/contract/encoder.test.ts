import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../ecg/clock.ts';
import { ms } from '../../ecg/units.ts';
import type { EcgEncoder } from '../../models/encoder.ts';
import { loadManifest } from '../../models/manifest.ts';
import { createOnnxEncoder, type EncoderEvent, type OnnxEncoderOptions } from '../../models/onnx-encoder.ts';
import { weights, writeTinyModel } from '../helpers/tiny-model.ts';
import { encoderContract } from './encoder.ts';

// Each test starts several processes, which a busy machine takes its time over.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const model = loadManifest(writeTinyModel());
const one = { size: 1, ecg: weights(12_000, 3), presence: new Float32Array(12).fill(1) };

encoderContract('ONNX Runtime in a process of its own', () => createOnnxEncoder(model, { provider: 'cpu' }));

describe('the ONNX encoder', () => {
  const opened: EcgEncoder[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((encoder) => encoder.close()));
  });

  /** An encoder on a clock of the test's, with the events it told and a wait for the next of a kind. */
  async function open(options: OnnxEncoderOptions = {}) {
    const clock = new ManualClock();
    const events: EncoderEvent[] = [];
    const waiting: { kind: EncoderEvent['kind']; resolve: (event: EncoderEvent) => void }[] = [];
    const encoder = await createOnnxEncoder(model, {
      provider: 'cpu', clock, ...options,
      onEvent(event) {
        events.push(event);
        for (const waiter of waiting.splice(0)) {
          if (waiter.kind === event.kind) waiter.resolve(event);
          else waiting.push(waiter);
        }
      },
    });
    opened.push(encoder);
    const next = (kind: EncoderEvent['kind']): Promise<EncoderEvent> => new Promise((resolve) => waiting.push({ kind, resolve }));
    const pid = (): number => events.findLast((event) => event.kind === 'ready')!.pid!;
    return { encoder, clock, events, next, pid };
  }

  it('whose process answers nothing for ten seconds is ended and started again, and one that answered in time is not', async () => {
    const { encoder, clock, next, pid } = await open();
    process.kill(pid(), 'SIGSTOP');
    const late = [encoder.embed(one), encoder.embed(one)];
    clock.advance(ms(9_999));
    process.kill(pid(), 'SIGCONT');
    expect(await Promise.all(late)).toHaveLength(2);
    // What was answered is not waited for any more.
    clock.advance(ms(60_000));
    process.kill(pid(), 'SIGSTOP');
    const first = encoder.embed(one).catch((error) => error.code);
    clock.advance(ms(6_000));
    const second = encoder.embed(one).catch((error) => error.code); // gives no new ten seconds to the one before it
    const crashed = next('crashed');
    clock.advance(ms(4_000));
    expect(await crashed).toMatchObject({ reason: expect.stringContaining('SIGKILL') });
    expect(await Promise.all([first, second])).toEqual(['ENCODER_CRASHED', 'ENCODER_CRASHED']);
  });

  it('whose process is killed rejects the batch under way, says so, starts again and embeds as before', async () => {
    const { encoder, clock, events, next, pid } = await open();
    const before = await encoder.embed(one);
    const killed = pid();
    // Stopped first, so that the batch cannot be answered before the kill.
    process.kill(killed, 'SIGSTOP');
    const underWay = [encoder.embed(one), encoder.embed(one), encoder.embed(one)];
    const rejections = Promise.all(underWay.map((answer) => answer.catch((error) => error.code)));
    const crashed = next('crashed');
    process.kill(killed, 'SIGKILL');
    expect(await rejections).toEqual(['ENCODER_CRASHED', 'ENCODER_CRASHED', 'ENCODER_CRASHED']);
    expect(await crashed).toMatchObject({ reason: expect.stringContaining('SIGKILL') });
    expect(encoder.executionProvider).toBe('none');
    await expect(encoder.embed(one)).rejects.toMatchObject({ code: 'ENCODER_UNAVAILABLE' });

    const ready = next('ready');
    clock.advance(ms(250));
    await ready;
    expect(encoder.restarts).toBe(1);
    expect(pid()).not.toBe(killed);
    expect(encoder.executionProvider).toBe('cpu');
    expect(await encoder.embed(one)).toEqual(before);
    expect(events.map((event) => event.kind)).toEqual(['ready', 'crashed', 'ready']);
  });

  it('waits twice as long after each further crash, and starts over once it ran soundly for a minute', async () => {
    const { clock, next, pid } = await open({ batchSizes: [1] });
    const crash = async (): Promise<number> => {
      const crashed = next('crashed');
      process.kill(pid(), 'SIGKILL');
      const event = await crashed;
      const retryInMs = event.kind === 'crashed' ? event.retryInMs : NaN;
      const ready = next('ready');
      clock.advance(ms(retryInMs));
      await ready;
      return retryInMs;
    };
    expect([await crash(), await crash(), await crash()]).toEqual([250, 500, 1000]);
    clock.advance(ms(60_000));
    expect(await crash()).toBe(250);
  });

  it('whose process hangs ends it after 10 s and starts again', async () => {
    const { encoder, clock, next, pid } = await open({ batchSizes: [1] });
    process.kill(pid(), 'SIGSTOP');
    const hung = encoder.embed(one).catch((error) => error.code);
    const crashed = next('crashed');
    clock.advance(ms(10_000));
    expect(await hung).toBe('ENCODER_CRASHED');
    const event = await crashed;
    const ready = next('ready');
    clock.advance(ms(event.kind === 'crashed' ? event.retryInMs : NaN));
    await ready;
    expect(await encoder.embed(one)).toHaveLength(16);
  });

  it('does not start again a process that ends after close', async () => {
    const { encoder, clock, events } = await open({ batchSizes: [1] });
    await encoder.close();
    clock.advance(ms(120_000));
    expect(events.map((event) => event.kind)).toEqual(['ready']);
    expect(encoder.restarts).toBe(0);
  });

  it('with "auto" runs on the first provider that loads and gives the reason for each that does not', async () => {
    const { encoder, events } = await open({ provider: 'auto', batchSizes: [1] });
    expect((await encoder.embed(one)).length).toBe(16);
    const refused = events.filter((event) => event.kind === 'refused');
    expect(refused.every((event) => event.reason.length > 0 && event.provider !== encoder.executionProvider)).toBe(true);
    expect(events.at(-1)).toMatchObject({ kind: 'ready', provider: encoder.executionProvider });
    if (encoder.executionProvider === 'cpu') expect(refused.length).toBeLessThanOrEqual(2);
  });

  it('refuses impossible options', async () => {
    await expect(createOnnxEncoder(model, { batchSizes: [4, 2] })).rejects.toThrow(RangeError);
    await expect(createOnnxEncoder(model, { batchSizes: [] })).rejects.toThrow(RangeError);
    await expect(createOnnxEncoder(model, { intraOpThreads: 0 })).rejects.toThrow(RangeError);
  });

  it('leaves no encoder process behind when the server is killed', async () => {
    const source = `
      import { loadManifest } from ${JSON.stringify(new URL('../../models/manifest.ts', import.meta.url).href)};
      import { createOnnxEncoder } from ${JSON.stringify(new URL('../../models/onnx-encoder.ts', import.meta.url).href)};
      await createOnnxEncoder(loadManifest(${JSON.stringify(`${model.directory}/manifest.json`)}), {
        provider: 'cpu', batchSizes: [1], onEvent: (event) => console.log(event.pid) });
      setInterval(() => undefined, 1000);`;
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const server = spawn(process.execPath, ['--import', tsx, '--input-type=module', '-e', source], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)), stdio: ['ignore', 'pipe', 'inherit'] });
    const encoderPid = await new Promise<number>((resolve) => server.stdout.setEncoding('utf8').once('data', (text: string) => resolve(Number(text))));
    expect(isRunning(encoderPid)).toBe(true);
    server.kill('SIGKILL');
    await expect.poll(() => isRunning(encoderPid), { timeout: 20_000, interval: 20 }).toBe(false);
  });
});

/** A zombie still answers to signal 0: an orphan's new parent may be slow to collect it, or never do. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc/self/stat') || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

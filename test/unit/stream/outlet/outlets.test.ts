/** Webhooks and HL7 against real receivers on real sockets that fail, hang, refuse and recover. */
import { createHmac } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Subject } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ManualClock } from '../../../../ecg/clock.ts';
import { epochMs, ms } from '../../../../ecg/units.ts';
import type { DeliveredAlarm } from '../../../../stream/alarm/outbox.ts';
import { openDeadLetters, type DeadLetters } from '../../../../stream/outlet/dead-letters.ts';
import { createMllpOutlet } from '../../../../stream/outlet/mllp.ts';
import { AlertNumbers } from '../../../../stream/outlet/alert-numbers.ts';
import { controlId, oruR40 } from '../../../../stream/outlet/oru-r40.ts';
import { openOutletPositions } from '../../../../stream/outlet/outlet-positions.ts';
import { ATTEMPTS, OutletQueue, type Outlet, type Outcome } from '../../../../stream/outlet/outlet-queue.ts';
import { serveOutlets, type Outlets } from '../../../../stream/outlet/outlets.ts';
import { createWebhook } from '../../../../stream/outlet/webhook.ts';

const NOW = epochMs(1_800_000_000_000);
const SECRET = 'a secret of the test, long enough';
const alarm = (seq: number, change: Partial<DeliveredAlarm> = {}): DeliveredAlarm => ({
  bed: 'bed-1', epoch: 7, seq, condition: 'asystole', priority: 'high', state: 'active', onsetMs: epochMs(NOW - 4000), detectedAtMs: NOW,
  cause: 'no QRS for 4.0 s', durable: true, ...change,
});
const envelope = ({ bed, epoch, seq }: DeliveredAlarm) => ({ id: `${bed}/${epoch}/${seq}`, data: { seq } });
const until = (holds: () => unknown): Promise<void> => vi.waitFor(async () => void (await holds()), { timeout: 5000, interval: 5 });

async function deadLetterFile(): Promise<{ deadLetters: DeadLetters; directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'leadwatch-outlet-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return { directory, deadLetters: await openDeadLetters(directory, () => undefined) };
}
async function queueOf(makeOutlet: (clock: ManualClock) => Outlet) {
  const clock = new ManualClock(NOW);
  const { deadLetters, directory } = await deadLetterFile();
  const positions = await openOutletPositions(directory, clock, () => undefined);
  const queue = new OutletQueue(makeOutlet(clock), { clock, random: () => 0.5, deadLetters, positions, warn: () => undefined });
  onTestFinished(() => queue.close());
  return { clock, queue, deadLetters, directory };
}

interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
/** @param answer what to do with the n-th request, counted from 0 */
async function webhookReceiver(answer: (n: number, response: ServerResponse, posted: Posted) => void) {
  const posted: Posted[] = [];
  const server = createHttpServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part)).on('end', () => {
      posted.push({ headers: request.headers, body });
      answer(posted.length - 1, response, posted.at(-1)!);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { posted, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts` };
}
const respond = (status: number) => (_n: number, response: ServerResponse): void => void response.writeHead(status).end();

describe('a webhook', () => {
  it('is signed so that a receiver can check id, time and body', async () => {
    const { posted, url } = await webhookReceiver(respond(204));
    const { queue } = await queueOf((clock) => createWebhook({ url, secret: SECRET }, clock, envelope));
    queue.offer(alarm(1));
    await until(() => expect(queue.counters.sent).toBe(1));
    const { headers, body } = posted[0]!;
    expect(headers['webhook-id']).toBe('bed-1/7/1');
    expect(headers['webhook-timestamp']).toBe(String(NOW / 1000));
    const expected = createHmac('sha256', SECRET).update(`bed-1/7/1.${NOW / 1000}.${body}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    expect(JSON.parse(body)).toEqual(envelope(alarm(1)));
  });

  it('comes again after growing pauses until the receiver recovers, later changes of the bed behind it', async () => {
    const { posted, url } = await webhookReceiver((n, response) => (n < 3 ? response.writeHead(503).end() : response.writeHead(200).end()));
    const { queue, clock } = await queueOf((it) => createWebhook({ url, secret: SECRET }, it, envelope));
    queue.offer(alarm(1));
    queue.offer(alarm(2, { state: 'acknowledged' }));
    for (const [attempts, pause] of [[1, 1000], [2, 2000], [3, 4000]] as const) {
      await until(() => expect([posted.length, queue.counters.failed]).toEqual([attempts, attempts]));
      clock.advance(ms(pause - 1));
      expect(posted.length).toBe(attempts);
      clock.advance(ms(1));
    }
    await until(() => expect(queue.counters).toEqual({ sent: 2, failed: 3, dead: 0 }));
    expect(posted.map(({ headers }) => headers['webhook-id'])).toEqual([...Array(4).fill('bed-1/7/1'), 'bed-1/7/2']);
  });

  it('becomes a dead letter after its last attempt, on the disk, and the next one goes on', async () => {
    const { url } = await webhookReceiver((_n, response, { body }) => respond(body.includes('"seq":1}') ? 500 : 200)(0, response));
    const { queue, clock, deadLetters, directory } = await queueOf((it) => createWebhook({ url, secret: SECRET }, it, envelope));
    queue.offer(alarm(1));
    queue.offer(alarm(2));
    for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
      await until(() => expect(queue.counters.failed).toBe(attempt));
      clock.advance(ms(60_000));
    }
    await until(() => expect(queue.counters).toEqual({ sent: 1, failed: ATTEMPTS - 1, dead: 1 }));
    expect(deadLetters.list()).toMatchObject([{ attempts: ATTEMPTS, why: 'status 500', alarm: { seq: 1 } }]);
    await deadLetters.close();
    expect(JSON.parse((await readFile(join(directory, 'dead-letters.jsonl'), 'utf8')).trim())).toMatchObject({ alarm: { bed: 'bed-1', seq: 1 } });
    expect((await openDeadLetters(directory, () => undefined)).list()).toHaveLength(1);
  });

  it('is said to be in a file that cannot be read, which is left as it is', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'leadwatch-outlet-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    await mkdir(join(directory, 'dead-letters.jsonl')); // reading fails whoever reads
    const warnings: string[] = [];
    const deadLetters = await openDeadLetters(directory, (message) => warnings.push(message));
    expect(deadLetters.list()).toEqual([]);
    await deadLetters.close();
    expect(warnings).toEqual([expect.stringMatching(/dead letters not read.*EISDIR/)]);
  });

  it('is not sent twice to a receiver that refuses it for good', async () => {
    const { posted, url } = await webhookReceiver(respond(400));
    const { queue } = await queueOf((it) => createWebhook({ url, secret: SECRET }, it, envelope));
    queue.offer(alarm(1));
    await until(() => expect(queue.counters.dead).toBe(1));
    expect(posted).toHaveLength(1);
  });

  it('to a receiver that hangs does not hold up the other beds', async () => {
    const { url } = await webhookReceiver((_n, response, { body }) => {
      if (!body.includes('"seq":1}')) response.writeHead(200).end(); // the first is never answered
    });
    const { queue } = await queueOf((it) => createWebhook({ url, secret: SECRET }, it, envelope));
    queue.offer(alarm(1));
    queue.offer(alarm(2, { bed: 'bed-2' }));
    await until(() => expect(queue.counters.sent).toBe(1));
    expect(queue.waiting).toBe(1);
  });

  it('counts a receiver that is not there as failed', async () => {
    const { queue, clock } = await queueOf((it) => createWebhook({ url: 'http://127.0.0.1:9/alerts', secret: SECRET }, it, envelope));
    queue.offer(alarm(1));
    await until(() => expect(queue.counters.failed).toBe(1));
    clock.advance(ms(1000));
    await until(() => expect(queue.counters.failed).toBe(2));
  });

  it('goes only to receivers of its priority', async () => {
    const { posted, url } = await webhookReceiver(respond(200));
    const { queue } = await queueOf((it) => createWebhook({ url, secret: SECRET, priorities: ['high'] }, it, envelope));
    queue.offer(alarm(1, { priority: 'technical' }));
    queue.offer(alarm(2));
    await until(() => expect(queue.counters.sent).toBe(1));
    expect(posted.map(({ headers }) => headers['webhook-id'])).toEqual(['bed-1/7/2']);
  });
});

const segmentsOf = (message: string): string[][] => message.split('\r').filter(Boolean).map((segment) => segment.split('|'));

/** A receiver that takes frames apart and answers as the test says; undefined: not at all. */
async function mllpReceiver(answer: (message: string[][], n: number, socket: Socket) => string | undefined) {
  const messages: string[][][] = [];
  const server = createTcpServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on('error', () => undefined).on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      for (let end = received.indexOf('\x1c\r'); end >= 0; end = received.indexOf('\x1c\r')) {
        expect(received[0]).toBe(0x0b);
        const message = segmentsOf(received.subarray(1, end).toString('utf8'));
        received = received.subarray(end + 2);
        messages.push(message);
        const code = answer(message, messages.length - 1, socket);
        if (code) socket.write(`\x0bMSH|^~\\&|RECEIVER||LEADWATCH||20261125||ACK^R40^ACK|1|P|2.6\rMSA|${code}|${message[0]![9]}\r\x1c\r`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { messages, options: { host: '127.0.0.1', port: (server.address() as AddressInfo).port } };
}
const message = (it: DeliveredAlarm): string => oruR40(it, { ward: 'ward-1', text: 'ASYSTOLE', sentAtMs: NOW, number: 'bed-1-asystole-1' });

describe('an HL7 receiver', () => {
  it('is sent ORU^R40 in the shape of PCD-04 and its acknowledgement settles it', async () => {
    const { messages, options } = await mllpReceiver(() => 'CA');
    const { queue } = await queueOf((clock) => createMllpOutlet(options, clock, message));
    queue.offer(alarm(3, { cause: 'QRS|none ^ & 4 s' }));
    await until(() => expect(queue.counters.sent).toBe(1));
    const [msh, pid, pv1, obr, ...obx] = messages[0]!;
    expect(msh!.slice(0, 12)).toEqual(['MSH', '^~\\&', 'LEADWATCH', 'ward-1', '', '', '20270115080000.000+0000', '', 'ORU^R40^ORU_R40', 'bed-1-7-3', 'P', '2.6']);
    expect(msh![20]).toContain('IHE_PCD_ACM_001');
    expect(pid![3]).toBe('bed-1^^^LEADWATCH');
    expect(pv1![3]).toBe('ward-1^^bed-1');
    expect(obr![4]).toBe('196616^MDC_EVT_ALARM^MDC');
    expect(obr![7]).toBe('20270115075956.000+0000');
    expect(obr![3]).toBe('bed-1-asystole-1^LEADWATCH');
    // Seven facets, numbered in the last place of OBX-4, under the codes of ISO/IEEE 11073-10101; the flags with the first alone.
    expect(obx.map((segment) => [segment[2], segment[3], segment[4], segment[5], segment[8]])).toEqual([
      ['CWE', '196616^MDC_EVT_ALARM^MDC', '1.0.0.0.1', 'asystole^ASYSTOLE^99LEADWATCH^^^^^^ASYSTOLE: QRS\\F\\none \\S\\ \\T\\ 4 s', 'A~PH~SP'],
      ['ST', '68480^MDC_ATTR_ALERT_SOURCE^MDC', '1.0.0.0.2', 'LEADWATCH', ''],
      ['ST', '68481^MDC_ATTR_EVENT_PHASE^MDC', '1.0.0.0.3', 'start', ''],
      ['ST', '68482^MDC_ATTR_ALARM_STATE^MDC', '1.0.0.0.4', 'active', ''],
      ['ST', '68483^MDC_ATTR_ALARM_INACTIVATION_STATE^MDC', '1.0.0.0.5', 'enabled', ''],
      ['ST', '68484^MDC_ATTR_ALARM_PRIORITY^MDC', '1.0.0.0.6', 'PH', ''],
      ['ST', '68485^MDC_ATTR_ALERT_TYPE^MDC', '1.0.0.0.7', 'SP', ''],
    ]);
    expect(obx.every((segment) => segment[11] === 'R')).toBe(true);
  });

  it('is told of an answered alarm that it was acknowledged, and of a lead that is off by the code of the standard', () => {
    const obx = (it: DeliveredAlarm): string[][] => segmentsOf(message(it)).filter(([segment]) => segment === 'OBX');
    expect(obx(alarm(1, { state: 'acknowledged' })).map((segment) => segment[5]).slice(2, 5)).toEqual(['update', 'active', 'alert-acknowledged']);
    expect(obx(alarm(1, { condition: 'leadsOff', priority: 'technical', cause: 'electrode off: II' }))[0]!.slice(5, 9)).toEqual(
      ['196680^MDC_EVT_LEAD_OFF^MDC^^^^^^ASYSTOLE: electrode off: II', '', '', 'A~PL~ST']);
  });

  it('knows an alert by one number until it is over, also where its cause came back while it was latched', () => {
    const known = [alarm(1, { onsetMs: epochMs(100) }), alarm(2, { onsetMs: epochMs(100), state: 'latched' })];
    const delivered$ = new Subject<DeliveredAlarm>();
    const numbers = new AlertNumbers({ beds: () => ['bed-1'], since: () => known, delivered$ });
    const later = [
      alarm(3, { onsetMs: epochMs(200) }), alarm(4, { onsetMs: epochMs(200), state: 'cleared' }),
      alarm(5, { onsetMs: epochMs(300) }), alarm(6, { onsetMs: epochMs(300), condition: 'pause' }),
    ];
    later.forEach((change) => delivered$.next(change));
    // Asked for when they are sent, which may be long after.
    expect([...known, ...later].toReversed().map((change) => numbers.of(change))).toEqual([
      'bed-1-pause-300', 'bed-1-asystole-300', 'bed-1-asystole-100', 'bed-1-asystole-100', 'bed-1-asystole-100', 'bed-1-asystole-100']);
  });

  it('is sent a message again when it says AE, hangs up, or answers for another, and not when it says AR', async () => {
    const { messages, options } = await mllpReceiver((it, n, socket) => {
      if (n === 0) return 'AE';
      if (n === 1) return void socket.destroy();
      return it[0]![9] === 'bed-1-7-2' ? 'AR' : 'AA';
    });
    const { queue, clock, deadLetters } = await queueOf((it) => createMllpOutlet(options, it, message));
    queue.offer(alarm(1));
    await until(() => expect(queue.counters.failed).toBe(1));
    clock.advance(ms(1000));
    await until(() => expect(queue.counters.failed).toBe(2));
    clock.advance(ms(2000));
    await until(() => expect(queue.counters.sent).toBe(1));
    queue.offer(alarm(2));
    queue.offer(alarm(3));
    await until(() => expect(queue.counters).toEqual({ sent: 2, failed: 2, dead: 1 }));
    expect(messages.map((segments) => segments[0]![9])).toEqual(['bed-1-7-1', 'bed-1-7-1', 'bed-1-7-1', 'bed-1-7-2', 'bed-1-7-3']);
    expect(deadLetters.list()).toMatchObject([{ alarm: { seq: 2 }, why: 'AR' }]);
  });

  it('that never acknowledges is hung up on and dialled again', async () => {
    const { messages, options } = await mllpReceiver((_it, n) => (n === 0 ? undefined : 'AA'));
    const { queue, clock } = await queueOf((it) => createMllpOutlet(options, it, message));
    queue.offer(alarm(1));
    await until(() => expect(messages).toHaveLength(1));
    clock.advance(ms(10_000));
    await until(() => expect(queue.counters.failed).toBe(1));
    clock.advance(ms(1000));
    await until(() => expect(queue.counters.sent).toBe(1));
    expect(messages.map((segments) => segments[0]![9])).toEqual([controlId(alarm(1)), controlId(alarm(1))]);
  });
});

describe('a restart', () => {
  /** A server's outlets over a ledger that holds `ledger`, with one receiver that answers `outcome`. */
  async function server(directory: string, ledger: DeliveredAlarm[], outcome: Outcome): Promise<{ outlets: Outlets; sent: number[]; delivered$: Subject<DeliveredAlarm> }> {
    const clock = new ManualClock(NOW);
    const sent: number[] = [];
    const delivered$ = new Subject<DeliveredAlarm>();
    delivered$.subscribe((change) => ledger.push(change));
    const outlet: Outlet = {
      name: 'receiver', priorities: undefined, concurrency: 4, close: () => undefined,
      send: async ({ seq }) => {
        sent.push(seq);
        return outcome;
      },
    };
    const desk = { delivered$, beds: () => ['bed-1'], since: (_: string, epoch: number, seq: number) => ledger.filter((entry) => entry.epoch > epoch || (entry.epoch === epoch && entry.seq > seq)) };
    const outlets = serveOutlets(desk, [outlet], {
      clock, random: () => 0.5, warn: () => undefined,
      deadLetters: await openDeadLetters(directory, () => undefined), positions: await openOutletPositions(directory, clock, () => undefined),
    });
    return { outlets, sent, delivered$ };
  }

  it('sends what waited, once the receiver is back, and nothing that it had taken or that came before it', async () => {
    const { directory } = await deadLetterFile();
    const ledger = [alarm(1)];
    const first = await server(directory, ledger, { kind: 'taken' });
    first.delivered$.next(alarm(2));
    await until(() => expect(first.outlets.figures()[0]).toMatchObject({ sent: 1, waiting: 0 }));
    await first.outlets.close();

    const down = await server(directory, ledger, { kind: 'failed', why: 'not there' });
    down.delivered$.next(alarm(3));
    down.delivered$.next(alarm(4));
    await until(() => expect(down.sent).toEqual([3]));
    await down.outlets.close();

    const back = await server(directory, ledger, { kind: 'taken' });
    await until(() => expect(back.outlets.figures()[0]).toMatchObject({ sent: 2, waiting: 0 }));
    expect([first.sent, back.sent]).toEqual([[2], [3, 4]]);
    await back.outlets.close();
  });

  it('with a torn file of positions begins with what comes from then on, and says so', async () => {
    const { directory } = await deadLetterFile();
    await writeFile(join(directory, 'outlet-positions.json'), '{"receiver": {"bed-1"');
    const warnings: string[] = [];
    const positions = await openOutletPositions(directory, new ManualClock(NOW), (message) => warnings.push(message));
    expect(positions.knows('receiver')).toBe(false);
    expect(warnings[0]).toContain('positions of receivers not read');
  });
});

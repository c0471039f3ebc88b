/** Alarms to many subscribers while connections are cut and the server is killed, and the count of what arrived. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AlertClient, type AlertEvent } from '../../client/alert-client.ts';
import { isChange } from '../../stream/alarm/entries.ts';
import { parseLedger } from '../../stream/alarm/ledger-reader.ts';
import { startCuttingProxy } from '../helpers/cutting-proxy.ts';
import type { FromServer, StormOrder } from './alerts-server.ts';

export interface StormOptions {
  readonly alarms: number;
  readonly subscribers: number;
  readonly kills: number;
  readonly beds: number;
  readonly rate: number;
  /** Chance of each connection to be cut, every second. */
  readonly cutChance: number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: (line: string) => void;
}

export interface StormResult {
  /** Changes in the ledger: what every subscriber must have. */
  readonly sent: number;
  /** Of `sent` times subscribers. */
  readonly lost: number;
  readonly outOfOrder: number;
  /** Given to a program twice. */
  readonly givenTwice: number;
  /** Came twice over the wire and was removed by the client. */
  readonly duplicatesSeenByClient: number;
  /** Went out marked durable and is not in the ledger. */
  readonly durableNotStored: number;
  readonly notDurable: number;
  readonly cuts: number;
  readonly kills: number;
  readonly epochs: number;
  readonly seconds: number;
}

const SERVER = fileURLToPath(new URL('./alerts-server.ts', import.meta.url));
const wait = (msToWait: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, msToWait));
const CUT_EVERY_MS = 1000;
const SETTLE_MS = 90_000;

interface Subscriber {
  readonly client: AlertClient;
  readonly taken: AlertEvent['data'][];
}

/** @param start of the process, with a channel to it; default: a plain child */
export async function startStormServer(order: StormOrder, start = forkServer): Promise<{ process: ChildProcess; url: string }> {
  const child = start(SERVER);
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message: FromServer) => ('ready' in message ? resolve(message.ready) : reject(new Error('the server spoke out of turn'))));
    child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it was ready`)));
    child.send(order);
  });
  return { process: child, url };
}

const forkServer = (script: string): ChildProcess => fork(script, { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });

const gone = (child: ChildProcess): Promise<void> => new Promise((resolve) => void child.once('exit', () => resolve()));

export async function alertStorm({ alarms, subscribers, kills, beds, rate, cutChance, random, log }: StormOptions): Promise<StormResult> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'leadwatch-storm-'));
  const startedMs = performance.now();
  let address = { host: '127.0.0.1', port: 9 }; // nobody listens there
  const proxy = await startCuttingProxy(() => address);
  const start = async (): Promise<ChildProcess> => {
    const server = await startStormServer({ stateDirectory, port: 0, beds, rate });
    address = { host: '127.0.0.1', port: Number(new URL(server.url).port) };
    return server.process;
  };
  // They wait at the door before the first alarm, so that every one of them must see every one.
  const crowd = Array.from({ length: subscribers }, (): Subscriber => {
    const taken: AlertEvent['data'][] = [];
    return { taken, client: new AlertClient({ url: proxy.url, position: [{ bed: '*', epoch: 0, seq: 0 }], onAlert: ({ data }) => void taken.push(data) }) };
  });
  let server = await start();
  let cuts = 0;
  const cutting = setInterval(() => (cuts += proxy.cut(() => random() < cutChance)), CUT_EVERY_MS);
  try {
    const furthest = (): number => Math.max(...crowd.map(({ taken }) => taken.length));
    for (let kill = 1; kill <= kills; kill++) {
      const goal = (alarms * kill) / (kills + 1);
      while (furthest() < goal) await wait(20);
      await wait(500 * random());
      const end = gone(server);
      server.kill('SIGKILL');
      await end;
      server = await start();
      log(`killed ${kill} of ${kills}, ${furthest()} alerts so far`);
    }
    while (furthest() < alarms) await wait(50);
    clearInterval(cutting);
    const last = new Promise<FromServer>((resolve) => void server.once('message', resolve));
    server.send({ stop: true });
    const told = await last;
    const goals = 'last' in told ? told.last : [];
    const arrived = ({ client }: Subscriber): boolean => goals.every(({ bed, epoch, seq }) =>
      client.position.some((at) => at.bed === bed && (at.epoch > epoch || (at.epoch === epoch && at.seq >= seq))));
    for (const until = performance.now() + SETTLE_MS; performance.now() < until && !crowd.every(arrived);) await wait(100);
    const end = gone(server);
    server.send({ stop: true });
    await end;
    const ledger = parseLedger(await readFile(join(stateDirectory, 'alarms.jsonl')), 'the bench').entries.filter(isChange);
    return { ...count(crowd, new Set(ledger.map(idOf))), cuts, kills, epochs: new Set(ledger.map(({ epoch }) => epoch)).size, seconds: (performance.now() - startedMs) / 1000 };
  } finally {
    clearInterval(cutting);
    server.kill('SIGKILL');
    for (const { client } of crowd) client.close();
    await proxy.close();
    await rm(stateDirectory, { recursive: true });
  }
}

const idOf = ({ bed, epoch, seq }: { bed: string; epoch: number; seq: number }): string => `${bed}/${epoch}/${seq}`;

function count(crowd: readonly Subscriber[], ledger: ReadonlySet<string>): Omit<StormResult, 'cuts' | 'kills' | 'epochs' | 'seconds'> {
  let lost = 0, outOfOrder = 0, givenTwice = 0, duplicatesSeenByClient = 0;
  const durableNotStored = new Set<string>();
  const notDurable = new Set<string>();
  for (const { client, taken } of crowd) {
    const seen = new Set<string>();
    const reached = new Map<string, { epoch: number; seq: number }>();
    for (const data of taken) {
      const id = idOf(data);
      if (seen.has(id)) givenTwice++;
      seen.add(id);
      const before = reached.get(data.bed);
      if (before && (data.epoch < before.epoch || (data.epoch === before.epoch && data.seq <= before.seq))) outOfOrder++;
      reached.set(data.bed, data);
      if (!data.durable) notDurable.add(id);
      else if (!ledger.has(id)) durableNotStored.add(id);
    }
    for (const id of ledger) if (!seen.has(id)) lost++;
    duplicatesSeenByClient += client.duplicates;
  }
  return { sent: ledger.size, lost, outOfOrder, givenTwice, duplicatesSeenByClient, durableNotStored: durableNotStored.size, notDurable: notDurable.size };
}

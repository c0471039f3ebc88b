/** `leadwatch bench alerts`: is every alert delivered, whatever fails, and how soon after the sample that decides. */
import { Command, InvalidArgumentError } from 'commander';
import { seededRandom } from '../../ecg/simulator/random.ts';
import { alarmBurden, burdenFigures, burdenTables } from './alarm-burden.ts';
import { alertLatency, type LatencyResult } from './alert-latency.ts';
import { alertStorm, type StormResult } from './alert-storm.ts';
import { markdownTable, mergeResults, rounded, writeResults, type Figures } from './report.ts';

const BEDS = 64;

interface Options {
  readonly alarms: number;
  readonly subscribers: number;
  readonly kills: number;
  readonly rate: number;
  readonly latencySeconds: number;
  readonly seed: number;
  readonly burdenOnly: boolean;
  readonly write: boolean;
}

export async function main(args: string[]): Promise<void> {
  const command = new Command()
    .name('leadwatch bench alerts')
    .description('Alarms to many subscribers while connections are cut and the server is killed; latency from sample to alert.')
    .option('--alarms <n>', 'alarm changes', positive, 10_000)
    .option('--subscribers <n>', 'programs that take every one of them', positive, 200)
    .option('--kills <n>', 'times the server is killed with SIGKILL and started again', positive, 20)
    .option('--rate <n>', 'changes a second', positive, 30)
    .option('--latency-seconds <s>', 'length of the latency run', positive, 90)
    .option('--seed <n>', 'of the cuts', positive, 6)
    .option('--burden-only', 'alarms per bed and day alone: minutes instead of a quarter of an hour', false)
    .option('--no-write', 'do not write docs/results/alerts.json, alerts.md and alarm-burden.md');
  await command.parseAsync(args, { from: 'user' });
  const { alarms, subscribers, kills, rate, latencySeconds, seed, burdenOnly, write } = command.opts<Options>();
  if (burdenOnly) {
    const burden = await measureBurden();
    if (write) console.log(`written: ${writeBurden(burden)}`);
    return;
  }
  const latency = await alertLatency(BEDS, latencySeconds);
  console.error(`latency: ${latency.alerts} of ${latency.expected} asystoles of ${BEDS} beds, p50 ${latency.p50.toFixed(0)} ms, p99 ${latency.p99.toFixed(0)} ms`);
  const burden = await measureBurden();
  const random = seededRandom(seed);
  const storm = await alertStorm({ alarms, subscribers, kills, beds: BEDS, rate, cutChance: 0.03, random: () => random.uniform(), log: (line) => console.error(line) });
  const text = table(storm, subscribers, latency);
  console.log(text);
  if (!write) return;
  const { seconds, ...counts } = storm;
  writeResults('alerts', {
    ...counts, subscribers, seconds: rounded(seconds),
    latencyMs: { p50: rounded(latency.p50), p99: rounded(latency.p99), max: rounded(latency.max), beds: latency.beds, asystoles: latency.expected, alerts: latency.alerts },
  }, text);
  console.log(`written: ${writeBurden(burden)}`);
}

interface BurdenReport {
  readonly figures: Figures;
  readonly page: string;
}

/** Beside what docs/results/alerts.json holds. @returns its path within the project */
const writeBurden = ({ figures, page }: BurdenReport): string => mergeResults('alerts', { perBedDay: figures }, 'alarm-burden', page);

async function measureBurden(): Promise<BurdenReport> {
  const burden = await alarmBurden();
  const tables = burdenTables(burden);
  console.log(tables);
  return { figures: burdenFigures(burden), page: `# Alarm burden\n\n\`npm run bench -- alerts --burden-only\`. ${tables}\n` };
}

function table(storm: StormResult, subscribers: number, latency: LatencyResult): string {
  const rows = [
    ['alarm changes in the ledger (`sent`)', storm.sent],
    ['subscribers', subscribers],
    ['connections cut', storm.cuts],
    ['server killed with SIGKILL and started again', storm.kills],
    ['alerts that a subscriber never got (`lost`)', storm.lost],
    ['alerts out of order', storm.outOfOrder],
    ['alerts given to a program twice', storm.givenTwice],
    ['copies that the client removed by position (`duplicatesSeenByClient`)', storm.duplicatesSeenByClient],
    ['alerts marked durable that are not in the ledger', storm.durableNotStored],
    ['alerts that went out before they were stored', storm.notDurable],
    ['epochs', storm.epochs],
    [`sample to alert, p50, ${latency.beds} beds (ms)`, latency.p50.toFixed(0)],
    ['sample to alert, p99 (ms)', latency.p99.toFixed(0)],
    ['sample to alert, longest (ms)', latency.max.toFixed(0)],
    ['asystoles that raised an alert, of those in the records', `${latency.alerts} of ${latency.expected}`],
  ].map((row) => row.map(String));
  return `# Alerts\n\n\`npm run bench -- alerts\`. A latency is from the moment of the sample that decides (frames of 100 ms, so 50 ms of it is waiting for the
frame at the mean) to the alert in the subscriber's hands, the sync of the ledger included.\n\n${markdownTable(['', ''], rows)}\n\nAlarms per bed and day: [alarm-burden.md](alarm-burden.md).\n`;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number above 0 is expected');
  return value;
}

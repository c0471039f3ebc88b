/** `leadwatch bench history`: what keeping everything costs, and how fast it is found again. */
import { execFileSync } from 'node:child_process';
import { Command } from 'commander';
import { EcgError } from '../../ecg/errors.ts';
import { measureFindings } from './history-findings.ts';
import { realSeconds } from './history-load.ts';
import { measureAppend, measureCrashes, measureInflux, measureReads, measureSizes, measureWholeAppend } from './history-measures.ts';
import { machine, markdownTable, median, quantile, rounded, writeResults } from './report.ts';

interface Options {
  readonly beds: number;
  readonly seconds: number;
  readonly wholeSeconds: number;
  readonly readBeds: number;
  readonly readHours: number;
  readonly records: number;
  readonly crashes: number;
  readonly influxSeconds: number;
  readonly write: boolean;
}

export async function main(args: string[]): Promise<void> {
  const command = new Command('leadwatch bench history')
    .description('Append, size, reads, crashes of the embedded store; points a second of InfluxDB. Needs recordings, flac and influxd.')
    .option('--beds <n>', 'beds of the ward', Number, 200)
    .option('--seconds <s>', 'seconds of the ward that are recorded in real time', Number, 120)
    .option('--whole-seconds <s>', 'seconds of the ward in one append each, for contrast and size', Number, 300)
    .option('--read-beds <n>', 'beds of the history that is read', Number, 1)
    .option('--read-hours <h>', 'its length', Number, 72)
    .option('--records <n>', 'MIT-BIH records whose size is compared', Number, 48)
    .option('--crashes <n>', 'rounds of SIGKILL', Number, 50)
    .option('--influx-seconds <s>', 'seconds of the ward into InfluxDB', Number, 60)
    .option('--no-write', 'do not write docs/results/history.json and .md');
  await command.parseAsync(args, { from: 'user' });
  await measure(command.opts<Options>());
}

function flacVersion(): string {
  try {
    return execFileSync('flac', ['--version'], { encoding: 'utf8' }).trim();
  } catch (cause) {
    throw new EcgError('CONFIG_INVALID', 'sizes are compared with those of FLAC, which is not installed', { expected: "a program `flac`, as of Debian's package of that name", received: String(cause), from: 'PATH' });
  }
}

async function measure(o: Options): Promise<void> {
  const flac = flacVersion();
  const content = await realSeconds(60);
  const step = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    console.log(`${name} ...`);
    const result = await run();
    console.log(JSON.stringify(result, (_, value: unknown) => (Array.isArray(value) ? `${value.length} values` : value)));
    return result;
  };
  const append = await step('append', () => measureAppend(o.beds, o.seconds, content));
  const whole = await step('whole appends', () => measureWholeAppend(o.beds, o.wholeSeconds, content));
  const sizes = await step('sizes', () => measureSizes(o.records));
  const crash = await step('crashes', () => measureCrashes(o.crashes));
  const influx = await step('influxd', () => measureInflux(o.beds, o.influxSeconds, content));
  const reads = await step('reads', () => measureReads(o.readBeds, o.readHours, 300, content));
  const findings = await step('findings', () => measureFindings(o.readHours, 100));
  const spread = (values: number[]): { p50Ms: number; p99Ms: number; n: number } => {
    const sorted = [...values].sort((a, b) => a - b);
    return { p50Ms: rounded(median(sorted)), p99Ms: rounded(quantile(sorted, 0.99)), n: sorted.length };
  };
  const figures = {
    append: { p50Ms: rounded(append.p50Ms), p99Ms: rounded(append.p99Ms), worstMs: rounded(append.worstMs), coresAtRealTime: rounded(append.coresAtRealTime), beds: o.beds, seconds: o.seconds },
    wholeAppend: { p50Ms: rounded(whole.p50Ms), p99Ms: rounded(whole.p99Ms), worstMs: rounded(whole.worstMs), seconds: o.wholeSeconds, p99RatioToSliced: rounded(whole.p99Ms / append.p99Ms) },
    mbPerBedHour: rounded(whole.mbPerBedHour),
    ratioToInt16: rounded(sizes.ours / sizes.int16),
    ratioToGzip: rounded(sizes.ours / sizes.gzip),
    ratioToFlac: rounded(sizes.ours / sizes.flac),
    flac,
    read10s: spread(reads.read10s),
    trend24h: spread(reads.trend24h),
    overview24h: spread(reads.overview24h),
    findings: spread(findings),
    readFrom: { beds: o.readBeds, hours: o.readHours },
    crash: { rounds: crash.rounds, committed: crash.committed, committedLost: crash.committedLost },
    influx: {
      pointsPerSecond: rounded(influx.pointsPerSecond), bedSecondsPerSecond: rounded(influx.bedSecondsPerSecond),
      coresAtRealTime: rounded(influx.influxdCoresAtRealTime), read10sP50Ms: rounded(influx.read10sP50Ms),
    },
  };
  const table = markdownTable(['figure', 'measured', 'aim'], [
    [`append, ${o.beds} beds in real time, p50 / p99`, `${figures.append.p50Ms} / ${figures.append.p99Ms} ms`, '20 ms'],
    ['the same, each second of the ward in one append', `${figures.wholeAppend.p50Ms} / ${figures.wholeAppend.p99Ms} ms`, ''],
    ['processor for recording it in real time, the load included', `${figures.append.coresAtRealTime} cores`, '1 core'],
    ['disk, a bed and hour of 8 leads at 250 Hz', `${figures.mbPerBedHour} MB (int16: 14.4 MB)`, ''],
    ['MIT-BIH, bytes against int16 / gzip -9 / FLAC -8', `${figures.ratioToInt16} / ${figures.ratioToGzip} / ${figures.ratioToFlac}`, ''],
    [`10 s of a bed out of ${o.readHours} h, p50 / p99`, `${figures.read10s.p50Ms} / ${figures.read10s.p99Ms} ms`, '20 ms'],
    ['24 h trend, p50 / p99', `${figures.trend24h.p50Ms} / ${figures.trend24h.p99Ms} ms`, '100 ms'],
    ['24 h overview of one lead, p50 / p99', `${figures.overview24h.p50Ms} / ${figures.overview24h.p99Ms} ms`, '200 ms'],
    [`trends of every finding over ${o.readHours} h, p50 / p99`, `${figures.findings.p50Ms} / ${figures.findings.p99Ms} ms`, '200 ms'],
    [`seconds lost that were committed, ${crash.rounds} x SIGKILL`, `${crash.committedLost} of ${crash.committed}`, '0'],
    ['InfluxDB', `${figures.influx.pointsPerSecond} points/s, ${figures.influx.bedSecondsPerSecond} bed-seconds/s`, ''],
    [`influxd at ${o.beds} beds in real time`, `${figures.influx.coresAtRealTime} cores`, ''],
  ]);
  console.log(table);
  if (!o.write) return;
  const { cpu, cores } = machine();
  console.log(`written: ${writeResults('history', figures, `# History\n\n\`npm run bench -- history\`, on ${String(cores)} cores of ${String(cpu)}; ${flac} from Debian's package. The ward's waveforms are PTB-XL records brought to 250 Hz with a converter's noise of 4 uV; sizes are of whole MIT-BIH records.\n\n${table}\n`)}`);
}

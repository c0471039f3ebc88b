/** `leadwatch init-influx`: makes the buckets of the history, and sets a new InfluxDB up. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_RETENTION } from './embedded/options.ts';
import { initInflux } from './influx/buckets.ts';

const HOUR_MS = 3_600_000;
const hoursOption = (flags: string, what: string, defaultMs: number): Option => new Option(flags, what).default(defaultMs, `${defaultMs / HOUR_MS}`).argParser((text) => {
  const hours = Number(text);
  if (!(hours > 0 && hours < Infinity)) throw new InvalidArgumentError('expected a number of hours above 0');
  return hours * HOUR_MS;
});

export async function main(args: string[]): Promise<void> {
  const command = new Command('leadwatch init-influx')
    .description('Makes the buckets PREFIX_waveforms, PREFIX_trends and PREFIX_events with their retention; may be run again.')
    .requiredOption('--token <token>', 'a token that may make buckets; the first token of an InfluxDB that is new (or LEADWATCH_INFLUX_TOKEN)', process.env['LEADWATCH_INFLUX_TOKEN'])
    .option('--url <url>', 'address of InfluxDB', 'http://127.0.0.1:8086')
    .option('--org <name>', 'organisation', 'leadwatch')
    .option('--bucket-prefix <prefix>', 'how the buckets begin', 'leadwatch')
    .option('--password <password>', 'of the first user, for an InfluxDB that has none yet')
    .addOption(hoursOption('--waveform-hours <h>', 'how long waveforms are kept', DEFAULT_RETENTION.waveformsMs))
    .addOption(hoursOption('--trend-hours <h>', 'how long trends, scores and beats are kept', DEFAULT_RETENTION.trendsMs))
    .addOption(hoursOption('--event-hours <h>', 'how long alarms and annotations are kept', DEFAULT_RETENTION.eventsMs));
  await command.parseAsync(args, { from: 'user' });
  const { waveformHours, trendHours, eventHours, password, ...influx } = command.opts<{
    token: string; url: string; org: string; bucketPrefix: string; password?: string; waveformHours: number; trendHours: number; eventHours: number }>();
  const retention = { ...DEFAULT_RETENTION, waveformsMs: waveformHours, trendsMs: trendHours, eventsMs: eventHours };
  for (const line of await initInflux(influx, retention, password)) console.log(line);
}

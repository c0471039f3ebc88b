/** `leadwatch init-influx`: makes the buckets of the history, and sets a new InfluxDB up. */
import { Command } from 'commander';
import { DEFAULT_RETENTION } from './embedded/options.ts';
import { initInflux } from './influx/buckets.ts';

const HOUR_MS = 3_600_000;
const hours = (text: string): number => Number(text) * HOUR_MS;

export async function main(args: string[]): Promise<void> {
  const command = new Command('leadwatch init-influx')
    .description('Makes the buckets PREFIX_waveforms, PREFIX_trends and PREFIX_events with their retention; may be run again.')
    .requiredOption('--token <token>', 'a token that may make buckets; the first token of an InfluxDB that is new (or LEADWATCH_INFLUX_TOKEN)', process.env['LEADWATCH_INFLUX_TOKEN'])
    .option('--url <url>', 'address of InfluxDB', 'http://127.0.0.1:8086')
    .option('--org <name>', 'organisation', 'leadwatch')
    .option('--bucket-prefix <prefix>', 'how the buckets begin', 'leadwatch')
    .option('--password <password>', 'of the first user, for an InfluxDB that has none yet')
    .option('--waveform-hours <h>', 'how long waveforms are kept', hours, DEFAULT_RETENTION.waveformsMs)
    .option('--trend-hours <h>', 'how long trends, scores and beats are kept', hours, DEFAULT_RETENTION.trendsMs)
    .option('--event-hours <h>', 'how long alarms and annotations are kept', hours, DEFAULT_RETENTION.eventsMs);
  await command.parseAsync(args, { from: 'user' });
  const { waveformHours, trendHours, eventHours, password, ...influx } = command.opts<{
    token: string; url: string; org: string; bucketPrefix: string; password?: string; waveformHours: number; trendHours: number; eventHours: number }>();
  const retention = { ...DEFAULT_RETENTION, waveformsMs: waveformHours, trendsMs: trendHours, eventsMs: eventHours };
  for (const line of await initInflux(influx, retention, password)) console.log(line);
}

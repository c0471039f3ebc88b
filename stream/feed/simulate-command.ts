/** `leadwatch simulate --beds 8`: feeds simulated patients to a running server, over a good network or a bad one. */
import { Command, InvalidArgumentError } from 'commander';
import type { EcgError } from '../../ecg/errors.ts';
import { parseCourse, type Course } from '../../ecg/simulator/course.ts';
import { ms, type Ms } from '../../ecg/units.ts';
import { FeedClient } from './feed-client.ts';
import { urlOption } from '../server-client.ts';
import { tokenOption, untilInterrupted } from './feed-command-options.ts';
import { impairedLink } from './impaired-link.ts';
import { defaultSimulatedWard, simulateBed, simulatedWard } from './simulated-bed.ts';

interface SimulateCommandOptions {
  beds: number;
  course?: Course;
  loss: number;
  jitter: Ms;
  seed: number;
  url: string;
  token: string;
}

/** @throws EcgError where the server refuses a bed */
export async function main(args: string[]): Promise<void> {
  const program = new Command()
    .name('leadwatch simulate')
    .description('Feed simulated 12-lead patients to beds bed-1, bed-2, ... of a running server.')
    .option('--beds <n>', 'how many', parseCount, 8)
    .option('--course <rhythms>', 'rhythms in order, each with its seconds if wanted: sinus,pvc,vt:12,af,asystole; bed after bed begins one rhythm later', courseArgument)
    .option('--loss <share>', 'frames that never arrive: 1%', parseShare, 0)
    .option('--jitter <time>', 'frames are delayed by up to this: 80ms', parseMilliseconds, ms(0))
    .option('--seed <n>', 'other patients', parseCount, 1)
    .addOption(urlOption())
    .addOption(tokenOption())
    .parse(args, { from: 'user' });
  const { beds, course, loss, jitter, seed, url, token } = program.opts<SimulateCommandOptions>();
  const patients = course ? simulatedWard(beds, course, 1, seed) : defaultSimulatedWard(beds, seed);
  let refuse = (_: Error): void => {};
  const refused = new Promise<never>((_, reject) => (refuse = reject));
  const running = patients.map((patient) => {
    const client = new FeedClient({
      url, token,
      link: impairedLink({ loss, jitter, seed: patient.seed }),
      onEpoch: (epoch) => console.log(`Feeding ${patient.bed}, epoch ${epoch}.`),
      onRefused: (error) => refuse(error),
      // One bed speaks for all: they have one address.
      ...(patient === patients[0] && { onUnreachable: ({ code, message }: EcgError) => console.error(`${code}: ${message}`) }),
    });
    return { client, stop: simulateBed(patient, client) };
  });
  console.log(`${beds} simulated patients for ${url}; Ctrl-C ends them.`);
  try {
    await Promise.race([refused, untilInterrupted()]);
  } finally {
    for (const { client, stop } of running) {
      stop();
      client.close();
    }
  }
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('expected a whole number from 1');
  return Number(text);
}

function parseShare(text: string): number {
  const [, number, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  const share = Number(number) / (percent ? 100 : 1);
  if (!(share >= 0 && share < 1)) throw new InvalidArgumentError('expected a share such as 1% or 0.01, below 100%');
  return share;
}

function parseMilliseconds(text: string): Ms {
  const [, number] = /^(\d+(?:\.\d+)?)(?:ms)?$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('expected milliseconds such as 80ms');
  return ms(Number(number));
}

function courseArgument(text: string): Course {
  try {
    return parseCourse(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

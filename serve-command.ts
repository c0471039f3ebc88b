/** `leadwatch serve`: the server, and with `--demo` a ward of eight beds that connect to it like any device. */
import { Command } from 'commander';
import { loadConfig } from './config.ts';
import { systemClock } from './ecg/clock.ts';
import { ms } from './ecg/units.ts';
import { startServer, type RunningServer } from './serve.ts';
import { demoWard } from './stream/feed/demo-ward.ts';

export async function main(args: string[]): Promise<void> {
  const command = new Command('leadwatch serve')
    .option('--demo', 'serve a demo ward of eight beds: recordings where found, simulated patients otherwise')
    .option('--config <file>', 'configuration file (JSON)')
    .option('--host <host>', 'address to listen on; anything but a loopback address needs tokens')
    .option('--port <port>', 'port to listen on')
    .option('--print-config', 'print the configuration in force and stop')
    .parse(args, { from: 'user' });
  const { printConfig, ...options } = command.opts<{ demo?: boolean; config?: string; host?: string; port?: string; printConfig?: boolean }>();
  const config = loadConfig({ ...options, ...(options.demo === undefined ? {} : { demo: true }) });
  if (printConfig) {
    console.log(JSON.stringify(config, null, 2));
    return;
  }

  const beds = config.demo ? await demoWard({ log: (line) => console.log(line) }) : [];
  const server = await startServer(config, beds.map(({ bed }) => bed));
  const running = beds.map((bed) => bed.start(server.url, server.feedTokenOf));

  let closing = false;
  const stop = (): void => {
    if (closing) process.exit(1); // a second Ctrl-C does not wait
    closing = true;
    console.log('\nLeadwatch is stopping...');
    for (const bed of running) bed.stop();
    void server.close().then(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);

  await allLive(server, beds.map(({ bed }) => bed));
  for (const { bed, source, device } of beds) console.log(`  ${bed}  ${source}  ${device}`);
  console.log(`Leadwatch ready at ${server.url}`);
  console.log('Stop with Ctrl-C. Not a medical device.');
}

/** Resolves once every named bed is live. */
function allLive({ ward }: RunningServer, names: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const stopLooking = systemClock.every(ms(50), () => {
      if (!names.every((name) => ward.bed(name)?.live)) return;
      stopLooking();
      resolve();
    });
  });
}

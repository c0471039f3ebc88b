/** `npm run bench -- feeds`: malformed inputs for every decoder, and how many beds one core takes in, beside a bare ws echo. */
import { Command } from 'commander';
import { conform } from '../../stream/feed/conform-command.ts';
import { startTestServer } from '../helpers/running-server.ts';
import { fuzz, FUZZ_TARGETS } from './feeds-fuzz.ts';
import { measureIngest } from './feeds-ingest.ts';
import { machine, markdownTable, rounded, writeResults, type Figures } from './report.ts';

export async function main(args: string[]): Promise<void> {
  const program = new Command()
    .name('leadwatch bench feeds')
    .option('--inputs <n>', 'malformed inputs for each decoder', Number, 1_000_000)
    .option('--beds <n>', 'beds of three leads at 250 Hz', Number, 500)
    .option('--seconds <n>', 'how long each server is measured', Number, 20)
    .parse(args, { from: 'user' });
  const { inputs, beds, seconds } = program.opts<{ inputs: number; beds: number; seconds: number }>();

  const load = { beds, leads: 3, samplingFrequency: 250, seconds };
  const echo = await measureIngest('echo', load);
  const ingest = await measureIngest('ingest', load);
  const row = (name: string, { p50Ms, p99Ms, maxMs, cpuShare }: typeof echo): string[] => [name, p50Ms.toFixed(2), p99Ms.toFixed(2), maxMs.toFixed(1), cpuShare.toFixed(2)];
  const table = markdownTable([`${beds} beds`, 'p50 ms', 'p99 ms', 'max ms', 'cores'], [row('ws echo', echo), row('ingest: decoded and aligned', ingest)]);
  console.log(table);

  const server = await startTestServer();
  const conformance = await conform({ url: server.url, bed: 'conformance', token: '' }, () => undefined);
  await server.remove();

  const results = FUZZ_TARGETS.map((target, i) => {
    const result = fuzz(target, inputs, 1000 + i);
    console.log(`${target.name}: ${inputs} inputs, ${result.refused} refused, ${result.failures.length} failures, slowest ${result.slowestMs.toFixed(0)} ms, ${result.seconds.toFixed(0)} s`);
    for (const failure of result.failures) console.log(`  ${failure}`);
    return [target.name, result] as const;
  });
  const failures = results.reduce((sum, [, result]) => sum + result.failures.length, 0);
  const figures: Figures = {
    command: `npm run bench -- feeds --inputs ${inputs} --beds ${beds} --seconds ${seconds}`,
    ingest: {
      beds, leads: 3, samplingFrequencyHz: 250, seconds,
      p50Ms: rounded(ingest.p50Ms), p99Ms: rounded(ingest.p99Ms), cores: rounded(ingest.cpuShare), frames: ingest.frames,
      /** Round trips of the same frames in the same run. */
      ratioToEcho: rounded(ingest.p99Ms / echo.p99Ms), cpuRatioToEcho: rounded(ingest.cpuShare / echo.cpuShare),
      echo: { p50Ms: rounded(echo.p50Ms), p99Ms: rounded(echo.p99Ms), cores: rounded(echo.cpuShare) },
    },
    fuzz: {
      inputsPerDecoder: inputs, failures, rssMib: Math.round(process.memoryUsage().rss / 2 ** 20),
      decoders: Object.fromEntries(results.map(([name, { refused, slowestMs }]) => [name, { refused, slowestMs: rounded(slowestMs) }])),
    },
    conformance: { passed: conformance.passed, failed: conformance.failed },
  };
  console.log(`Written: ${writeResults('feeds', figures, `# Feeds\n\n\`npm run bench -- feeds\`: from a frame sent to its acknowledgement, beside a bare echo in the same run.\n\n${table}\n\n${failures} failures in ${inputs} malformed inputs for each of ${results.length} decoders; conformance ${conformance.passed} passed, ${conformance.failed} failed.\n`)} (${String(machine().cpu)})`);
  if (failures > 0 || conformance.failed > 0) process.exitCode = 1;
}

/** `npm run bench -- feeds`: malformed inputs for every decoder, and how many beds one core takes in, beside a bare ws echo. */
import { Command } from 'commander';
import { conform } from '../../stream/feed/conform-command.ts';
import { startTestServer } from '../helpers/running-server.ts';
import { fuzz, FUZZ_TARGETS } from './feeds-fuzz.ts';
import { measureIngest, together, type IngestResult } from './feeds-ingest.ts';
import { measureSiege } from './feeds-siege-beds.ts';
import { machine, markdownTable, quantile, rounded, writeResults, type Figures } from './report.ts';

/** Echo and ingest take turns. */
const ROUNDS = 4;

export async function main(args: string[]): Promise<void> {
  const program = new Command()
    .name('leadwatch bench feeds')
    .option('--inputs <n>', 'malformed inputs for each decoder', Number, 1_000_000)
    .option('--beds <n>', 'beds of three leads at 250 Hz', Number, 500)
    .option('--seconds <n>', 'how long each server is measured, in turns', Number, 20)
    .option('--attempts <n>', 'connections of the siege', Number, 10_000)
    .parse(args, { from: 'user' });
  const { inputs, beds, seconds, attempts } = program.opts<{ inputs: number; beds: number; seconds: number; attempts: number }>();

  // In turns, so that whatever else the machine does meets both alike.
  const load = { beds, leads: 3, samplingFrequency: 250, seconds: seconds / ROUNDS };
  const rounds: { readonly echo: IngestResult; readonly ingest: IngestResult }[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push({ echo: await measureIngest('echo', load), ingest: await measureIngest('ingest', load) });
  const echo = together(rounds.map((round) => round.echo));
  const ingest = together(rounds.map((round) => round.ingest));
  const ratio = quantile(Float64Array.from(rounds, (round) => round.ingest.p99Ms / round.echo.p99Ms).sort(), 0.5);
  const row = (name: string, { p50Ms, p99Ms, maxMs, cpuShare }: typeof echo): string[] => [name, p50Ms.toFixed(2), p99Ms.toFixed(2), maxMs.toFixed(1), cpuShare.toFixed(2)];
  const table = markdownTable([`${beds} beds`, 'p50 ms', 'p99 ms', 'max ms', 'cores'], [row('ws echo', echo), row('ingest: decoded and aligned', ingest)]);
  console.log(`${table}\nratio of the p99, median of ${ROUNDS} turns: ${ratio.toFixed(2)}`);

  const siege = await measureSiege(attempts);
  const besieged = `${siege.attempts} connection attempts from one address: ${siege.refused} refused, ${siege.leftOpen} left open; ${siege.beds} beds: ${siege.gaps} gaps, ${siege.refusedFrames} frames refused, ${siege.lost} lost, p99 ${siege.peaceP99Ms.toFixed(2)} ms before and ${siege.siegeP99Ms.toFixed(2)} ms during.`;
  console.log(besieged);

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
    command: `npm run bench -- feeds --inputs ${inputs} --beds ${beds} --seconds ${seconds} --attempts ${attempts}`,
    ingest: {
      beds, leads: 3, samplingFrequencyHz: 250, seconds,
      p50Ms: rounded(ingest.p50Ms), p99Ms: rounded(ingest.p99Ms), cores: rounded(ingest.cpuShare), frames: ingest.frames,
      /** Of the p99: round trips of the same frames in the same run, median of the turns. */
      ratioToEcho: rounded(ratio), cpuRatioToEcho: rounded(ingest.cpuShare / echo.cpuShare),
      echo: { p50Ms: rounded(echo.p50Ms), p99Ms: rounded(echo.p99Ms), cores: rounded(echo.cpuShare) },
    },
    siege: { ...siege, peaceP99Ms: rounded(siege.peaceP99Ms), siegeP99Ms: rounded(siege.siegeP99Ms) },
    fuzz: {
      inputsPerDecoder: inputs, failures, rssMib: Math.round(process.memoryUsage().rss / 2 ** 20),
      decoders: Object.fromEntries(results.map(([name, { refused, slowestMs }]) => [name, { refused, slowestMs: rounded(slowestMs) }])),
    },
    conformance: { passed: conformance.passed, failed: conformance.failed },
  };
  console.log(`Written: ${writeResults('feeds', figures, `# Feeds\n\n\`npm run bench -- feeds\`: from a frame sent to its acknowledgement, beside a bare echo in the same run.\n\n${table}\n\nRatio of the p99, median of ${ROUNDS} turns: ${ratio.toFixed(2)}.\n\n${besieged}\n\n${failures} failures in ${inputs} malformed inputs for each of ${results.length} decoders; conformance ${conformance.passed} passed, ${conformance.failed} failed.\n`)} (${String(machine().cpu)})`);
  if (failures > 0 || siege.gaps > 0 || conformance.failed > 0) process.exitCode = 1;
}

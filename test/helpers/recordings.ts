/**
 * Tests on recordings. Where the recordings are not found, a scenario runs on the simulator, or not at all where only
 * the recording itself can be tested; either way the end of the output names it. LEADWATCH_REQUIRE_DATA=1 makes
 * that a failure.
 */
import { it, type TestContext } from 'vitest';
import { recordingsFound } from '../../stream/recordings/library.ts';
import { DATABASE_SHORT_TITLES, type Database } from '../../stream/recordings/locate.ts';
import { NOT_ON_REAL_DATA } from './summary-reporter.ts';

/** The first test that asks for a database restores it, with what a crowded machine has left for it. */
const WITH_RESTORE_MS = 300_000;

const missingOf = (databases: readonly Database[]): string | undefined => {
  const missing = databases.filter((database) => !recordingsFound(database)).map((database) => DATABASE_SHORT_TITLES[database]);
  return missing.length === 0 ? undefined : `${missing.join(' and ')} not found (npm run data:fetch, or LEADWATCH_DATA)`;
};

function demandData(why: string): void {
  if (process.env.LEADWATCH_REQUIRE_DATA === '1') throw new Error(`LEADWATCH_REQUIRE_DATA is set, but ${why}`);
}

/** A test that only the recordings themselves can pass or fail. */
export function itOnRecordings(name: string, databases: readonly Database[], run: () => Promise<void> | void, timeoutMs = WITH_RESTORE_MS): void {
  it(name, async (context: TestContext) => {
    const why = missingOf(databases);
    if (why) {
      demandData(why);
      context.skip(why);
    }
    await run();
  }, timeoutMs);
}

/** A scenario that a recording shows best and the simulator can stand in for. */
export function itOnRecordingsOrSimulator(
  name: string, databases: readonly Database[], run: (source: 'recording' | 'simulator') => Promise<void>, timeoutMs = WITH_RESTORE_MS,
): void {
  it(name, async (context: TestContext) => {
    const why = missingOf(databases);
    if (why) {
      demandData(why);
      await context.annotate(`ran on the simulator: ${why}`, NOT_ON_REAL_DATA);
    }
    await run(why ? 'simulator' : 'recording');
  }, timeoutMs);
}

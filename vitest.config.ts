import { defineConfig } from 'vitest/config';

const E2E = 'test/e2e/**/*.test.ts';

export default defineConfig({
  test: {
    reporters: ['default', './test/helpers/summary-reporter.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: { name: 'parts', include: ['test/**/*.test.ts'], exclude: [E2E], maxWorkers: 2, sequence: { groupOrder: 0 } },
      },
      {
        // Servers, browsers and real seconds: one file at a time and nothing beside it, or two cores measure each other.
        // A shared machine can still stall past an alarm's delay, so a test may be tried again; the end of the output
        // names each that needed it.
        extends: true,
        test: { name: 'e2e', include: [E2E], maxWorkers: 1, retry: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});

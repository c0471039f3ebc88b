/** Counts what ran, and collects each test that did not run on real data with its reason, for scripts/test.mjs. */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase } from 'vitest/node';

export const NOT_ON_REAL_DATA = 'not-on-real-data';

interface Remark {
  readonly name: string;
  readonly why: string;
}

export default class SummaryReporter implements Reporter {
  #passed = 0;
  #failed = 0;
  readonly #remarks: Remark[] = [];

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state === 'passed') this.#passed++;
    if (result.state === 'failed') this.#failed++;
    if (result.state === 'skipped') this.#remarks.push({ name: test.fullName, why: result.note ?? 'skipped without a reason' });
    for (const { type, message } of test.annotations()) {
      if (type === NOT_ON_REAL_DATA) this.#remarks.push({ name: test.fullName, why: message });
    }
  }

  onTestRunEnd(): void {
    const path = process.env.LEADWATCH_TEST_SUMMARY;
    if (path) writeFileSync(path, JSON.stringify({ passed: this.#passed, failed: this.#failed, notOnRealData: this.#remarks }));
  }
}

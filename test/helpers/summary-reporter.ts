/** Counts what ran, and collects for scripts/test.mjs each test that did not run on real data, or passed only when tried again, with its reason. */
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
  readonly #triedAgain: Remark[] = [];

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state === 'passed') this.#passed++;
    if (result.state === 'failed') this.#failed++;
    if (result.state === 'passed' && (test.diagnostic()?.retryCount ?? 0) > 0) {
      this.#triedAgain.push({ name: test.fullName, why: result.errors?.[0]?.message ?? 'the first try left no error' });
    }
    if (result.state === 'skipped') this.#remarks.push({ name: test.fullName, why: result.note ?? 'skipped without a reason' });
    for (const { type, message } of test.annotations()) {
      if (type === NOT_ON_REAL_DATA) this.#remarks.push({ name: test.fullName, why: message });
    }
  }

  onTestRunEnd(): void {
    const path = process.env.LEADWATCH_TEST_SUMMARY;
    if (path) writeFileSync(path, JSON.stringify({ passed: this.#passed, failed: this.#failed, notOnRealData: this.#remarks, triedAgain: this.#triedAgain }));
  }
}

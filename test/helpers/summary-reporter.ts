/**
 * Counts what ran, and collects for scripts/test.mjs each test that did not run on real data, or passed only when tried
 * again, with its reason, and the files whose process ended without a word.
 */
import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';

export const NOT_ON_REAL_DATA = 'not-on-real-data';

interface Remark {
  readonly name: string;
  readonly why: string;
}

export default class SummaryReporter implements Reporter {
  /** By file. */
  readonly #counts = new Map<string, { passed: number; failed: number }>();
  readonly #remarks: Remark[] = [];
  readonly #triedAgain: Remark[] = [];

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    const counts = this.#counts.get(test.module.moduleId) ?? { passed: 0, failed: 0 };
    this.#counts.set(test.module.moduleId, counts);
    if (result.state === 'passed' || result.state === 'failed') counts[result.state]++;
    if (result.state === 'passed' && (test.diagnostic()?.retryCount ?? 0) > 0) {
      this.#triedAgain.push({ name: test.fullName, why: result.errors?.[0]?.message ?? 'the first try left no error' });
    }
    if (result.state === 'skipped') this.#remarks.push({ name: test.fullName, why: result.note ?? 'skipped without a reason' });
    for (const { type, message } of test.annotations()) {
      if (type === NOT_ON_REAL_DATA) this.#remarks.push({ name: test.fullName, why: message });
    }
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const path = process.env.LEADWATCH_TEST_SUMMARY;
    if (!path) return;
    const unfinished = modules.filter((module) => ['queued', 'pending'].includes(module.state())).map(({ moduleId }) => moduleId);
    const counts = [...this.#counts].filter(([file]) => !unfinished.includes(file)).map(([, each]) => each);
    writeFileSync(path, JSON.stringify({
      passed: counts.reduce((sum, { passed }) => sum + passed, 0),
      failed: counts.reduce((sum, { failed }) => sum + failed, 0),
      notOnRealData: this.#remarks,
      triedAgain: this.#triedAgain,
      // An error beyond those of their ends is somebody's fault, and no run again makes it good.
      ended: errors.length <= unfinished.length ? unfinished : [],
    }));
  }
}

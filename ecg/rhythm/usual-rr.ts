/** Intervals that make up the usual one. */
const MEMORY = 8;

/** The interval this patient's beats usually keep: the median of the last that did not end or begin with a ventricular beat. */
export class UsualRr {
  readonly #values = new Float64Array(MEMORY);
  readonly #sorted = new Float64Array(MEMORY);
  #count = 0;
  #afterVentricular = false;
  #skipped = 0;

  get usual(): number | undefined {
    const n = Math.min(this.#count, MEMORY);
    if (n === 0) return undefined;
    this.#sorted.fill(Infinity);
    for (let i = 0; i < n; i++) this.#sorted[i] = this.#values[i]!;
    this.#sorted.sort();
    return this.#sorted[(n - 1) >> 1]!;
  }

  /** Mean change from one usual interval to the next, as a share of the interval: some 0.03 in sinus rhythm, 0.2 in fibrillating atria. */
  get irregularity(): number {
    const n = Math.min(this.#count, MEMORY);
    if (n < 3) return 0;
    let change = 0;
    let sum = this.#values[(this.#count - 1) % MEMORY]!;
    for (let i = 1; i < n; i++) {
      const value = this.#values[(this.#count - 1 - i) % MEMORY]!;
      change += Math.abs(value - this.#values[(this.#count - i) % MEMORY]!);
      sum += value;
    }
    return (change / (n - 1)) / (sum / n);
  }

  add(rr: number, ventricular: boolean): void {
    const regular = !ventricular && !this.#afterVentricular;
    this.#afterVentricular = ventricular;
    // In long runs of ventricular beats theirs is the usual interval in the end.
    this.#skipped = regular ? 0 : this.#skipped + 1;
    if (regular || this.#skipped > 2 * MEMORY) this.#values[this.#count++ % MEMORY] = rr;
  }
}

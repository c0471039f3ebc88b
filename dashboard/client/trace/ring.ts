/**
 * The last samples of one lead, addressed by display index: the bed's sample axis as the playout clock places it.
 * What was never written reads as NaN, which is how a gap is shown.
 */
export class LeadRing {
  readonly #samples: Float32Array;
  readonly #mask: number;
  #end = -Infinity;
  #origin = Infinity;
  /** Lowest index written since the last frame; a strip redraws from there if it had passed already. */
  touchedFrom = Infinity;

  /** @param capacity samples held at least; rounded up to a power of two */
  constructor(capacity: number) {
    this.#samples = new Float32Array(2 ** Math.ceil(Math.log2(capacity))).fill(NaN);
    this.#mask = this.#samples.length - 1;
  }

  /** What the ring holds now, for good. */
  copy(): LeadRing {
    const twin = new LeadRing(this.#samples.length);
    twin.#samples.set(this.#samples);
    twin.#end = this.#end;
    twin.#origin = this.#origin;
    return twin;
  }

  /** One past the newest sample; -Infinity while empty. */
  get end(): number {
    return this.#end;
  }

  /** The oldest sample ever written; before it the lead was not yet received, which is not a gap. */
  get origin(): number {
    return this.#origin;
  }

  get capacity(): number {
    return this.#samples.length;
  }

  /** The sample at `index`, NaN where missing, too old, or not there yet. */
  at(index: number): number {
    return index < this.#end && index >= this.#end - this.#samples.length ? this.#samples[index & this.#mask]! : NaN;
  }

  /**
   * Writes samples from `start` on, leaving out what lies below `floor` or has left the ring. A jump ahead leaves
   * NaN behind it; a block that comes late is put where it belongs.
   */
  write(start: number, samples: Float32Array, floor = -Infinity): void {
    const end = start + samples.length;
    const from = Math.max(start, floor, Math.max(end, this.#end) - this.#samples.length);
    if (from >= end) return;
    if (this.#end !== -Infinity) this.#forget(this.#end, Math.min(from, this.#end + this.#samples.length));
    for (let index = from; index < end; index++) this.#samples[index & this.#mask] = samples[index - start]!;
    this.#end = Math.max(this.#end, end);
    this.#origin = Math.min(this.#origin, from);
    this.touchedFrom = Math.min(this.touchedFrom, from);
  }

  #forget(from: number, end: number): void {
    for (let index = from; index < end; index++) this.#samples[index & this.#mask] = NaN;
  }
}

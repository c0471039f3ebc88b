/** Which conditions hold, and the changes since the last call. */
import type { RhythmCondition } from '../alarm.ts';
import type { RhythmChange } from '../rhythm.ts';

/** Places are on the analysis axis; `toFeed` and `decidedAt` turn them into the feed's own. */
export class ConditionSet {
  readonly #active = new Set<RhythmCondition>();
  #changes: RhythmChange[] = [];

  has(condition: RhythmCondition): boolean {
    return this.#active.has(condition);
  }

  set(condition: RhythmCondition, active: boolean, onsetIndex: number, decidedIndex: number, cause: string): void {
    if (this.#active.has(condition) === active) return;
    if (active) this.#active.add(condition);
    else this.#active.delete(condition);
    this.#changes.push({ condition, active, onsetIndex, decidedIndex, cause });
  }

  take(): readonly RhythmChange[] {
    if (this.#changes.length === 0) return NONE;
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }
}

const NONE: readonly RhythmChange[] = [];

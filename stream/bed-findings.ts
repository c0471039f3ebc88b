/** What the model says of one bed: the newest findings, their age, and the conditions that armed labels raise. */
import type { AlarmCondition, AlarmSource } from '../ecg/alarm.ts';
import type { Finding } from '../ecg/finding.ts';
import { ms, type EpochMs } from '../ecg/units.ts';
import type { BedParts } from './bed.ts';
import type { LineEvent } from './line.ts';

/** Findings of a segment that ended longer ago are no longer shown. */
export const FINDINGS_LIFETIME = ms(15_000);
/** Below threshold by this much (standard deviations) ends a finding: without it a score at the threshold would flicker. */
const FINDING_HYSTERESIS = 0.25;

type Condition = (condition: AlarmCondition, active: boolean, cause: string, source?: AlarmSource) => void;

export class BedFindings {
  findings: readonly Finding[] = [];
  /** Server clock at the end of the segment the findings are of. */
  endMs: EpochMs | undefined;
  readonly #parts: BedParts;
  readonly #condition: Condition;

  constructor(parts: BedParts, condition: Condition) {
    this.#parts = parts;
    this.#condition = condition;
  }

  /** @returns false where a newer segment has been noted: batches may come back out of order across a restart of the encoder */
  note(bed: string, event: Extract<LineEvent, { kind: 'findings' }>): boolean {
    const { findings, endMs, modelId, segment, embedding } = event;
    if (this.endMs !== undefined && endMs < this.endMs) return false;
    this.findings = findings;
    this.endMs = endMs;
    const scores = new Map(findings.map((finding) => [finding.label, finding.score]));
    for (const label of this.#parts.labels) {
      const score = scores.get(label.id);
      if (!label.alarm || score === undefined) continue;
      const threshold = this.#parts.limitsOf(bed).thresholds[label.id] ?? label.alarm.threshold;
      const cause = `${label.name}: score ${score.toFixed(2)}, threshold ${threshold.toFixed(2)}, model ${modelId}`;
      const source: AlarmSource = {
        kind: 'model', modelId, manifestSha256: this.#parts.manifestSha256, label: label.id, text: label.prompts, score, threshold,
        feedEpoch: segment.epoch, segmentStartIndex: segment.startIndex, segmentStartMs: segment.startMs,
      };
      if (score >= threshold) this.#condition(`finding:${label.id}`, true, cause, source);
      else if (score < threshold - FINDING_HYSTERESIS) this.#condition(`finding:${label.id}`, false, cause);
    }
    this.#parts.history?.scores(bed, endMs, modelId, findings, embedding);
    return true;
  }

  /** Old findings are forgotten: nothing old is taken for live. */
  expire(now: EpochMs): void {
    if (this.endMs === undefined || now - this.endMs <= FINDINGS_LIFETIME) return;
    this.findings = [];
    this.endMs = undefined;
    for (const label of this.#parts.labels) if (label.alarm) this.#condition(`finding:${label.id}`, false, 'no segment could be scored');
  }
}

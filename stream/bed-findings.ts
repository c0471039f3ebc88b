/** What the model says of one bed: the newest findings, their age, and the conditions that armed labels raise. */
import type { AlarmCondition, AlarmSource } from '../ecg/alarm.ts';
import type { Finding } from '../ecg/finding.ts';
import { ms, type EpochMs } from '../ecg/units.ts';
import type { LabelDefinition } from '../models/label-bank.ts';
import type { BedParts } from './bed.ts';
import type { LineEvent } from './line.ts';

/** Findings of a segment that ended longer ago are no longer shown. */
export const FINDINGS_LIFETIME = ms(15_000);
/** Below threshold by this much (standard deviations) ends a finding: without it a score at the threshold would flicker. */
export const FINDING_HYSTERESIS = 0.25;

/** The labels in force now, and what they say of an embedding. */
export interface BedVocabulary {
  /** Of the model in whose space the labels lie. */
  readonly modelId: string;
  readonly labels: readonly (Pick<LabelDefinition, 'id' | 'name' | 'alarm'> & { readonly prompts: readonly string[] })[];
  findingsOf(embedding: Float32Array): readonly Finding[];
}

export interface ScoredSegment {
  readonly bed: string;
  /** Of the feed. */
  readonly epoch: number;
  /** Server clock at the segment's end. */
  readonly atMs: EpochMs;
  readonly modelId: string;
  /** Of unit length. */
  readonly embedding: Float32Array;
}

type FindingsEvent = Extract<LineEvent, { kind: 'findings' }>;

/** Says whether a condition holds at the bed, from now on. */
export type SayCondition = (condition: AlarmCondition, active: boolean, cause: string, source?: AlarmSource) => void;

export class BedFindings {
  findings: readonly Finding[] = [];
  /** Server clock at the end of the segment the findings are of. */
  endMs: EpochMs | undefined;
  readonly #parts: BedParts;
  readonly #condition: SayCondition;
  #newest: FindingsEvent | undefined;

  constructor(parts: BedParts, condition: SayCondition) {
    this.#parts = parts;
    this.#condition = condition;
  }

  /** @returns false where a newer segment has been noted: batches may come back out of order across a restart of the encoder */
  note(bed: string, event: FindingsEvent): boolean {
    const { findings, endMs, modelId, segment, embedding } = event;
    if (this.endMs !== undefined && endMs < this.endMs) return false;
    this.endMs = endMs;
    this.#newest = event;
    this.#judge(bed, event);
    if (embedding) this.#parts.scored?.({ bed, epoch: segment.epoch, atMs: endMs, modelId, embedding });
    this.#parts.history?.scores(bed, endMs, modelId, findings, embedding);
    return true;
  }

  /** The labels changed: the newest segment is judged by them at once, without the encoder. */
  relabel(bed: string): void {
    // An embedding of a model that has been replaced says nothing about the labels of another.
    if (this.endMs === undefined || !this.#newest?.embedding || this.#newest.modelId !== this.#parts.vocabulary.modelId) return;
    this.#judge(bed, { ...this.#newest, findings: this.#parts.vocabulary.findingsOf(this.#newest.embedding) });
  }

  #judge(bed: string, { findings, modelId, manifestSha256, segment }: FindingsEvent): void {
    this.findings = findings;
    const scores = new Map(findings.map((finding) => [finding.label, finding.score]));
    for (const label of this.#parts.vocabulary.labels) {
      const score = scores.get(label.id);
      if (!label.alarm || score === undefined) continue;
      const threshold = this.#parts.limitsOf(bed).thresholds[label.id] ?? label.alarm.threshold;
      const cause = `${label.name}: score ${score.toFixed(2)}, threshold ${threshold.toFixed(2)}, model ${modelId}`;
      const source: AlarmSource = {
        kind: 'model', modelId, manifestSha256, label: label.id, text: label.prompts, score, threshold,
        feedEpoch: segment.epoch, segmentStartIndex: segment.startIndex, segmentStartMs: segment.startMs,
      };
      if (score >= threshold) this.#condition(`finding:${label.id}`, true, cause, source);
      else if (score < threshold - FINDING_HYSTERESIS) this.#condition(`finding:${label.id}`, false, cause);
    }
  }

  /** Old findings are forgotten: nothing old is taken for live. So are those ahead of a clock that was set back: newer ones would seem older. */
  expire(now: EpochMs): void {
    if (this.endMs === undefined || (this.endMs <= now && now - this.endMs <= FINDINGS_LIFETIME)) return;
    this.findings = [];
    this.endMs = undefined;
    this.#newest = undefined;
    for (const label of this.#parts.vocabulary.labels) if (label.alarm) this.#condition(`finding:${label.id}`, false, 'no segment could be scored');
  }
}

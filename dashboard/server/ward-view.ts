/** What the page is told of each bed, made from the ward's state at the moment of asking. */
import type { AlarmCondition } from '../../ecg/alarm.ts';
import type { Clock } from '../../ecg/clock.ts';
import { bandwidthText, DISPLAY_BANDS } from '../../ecg/dsp/display-band.ts';
import { nearestStandardLead, type Lead } from '../../ecg/leads.ts';
import type { AlarmDesk } from '../../stream/alarm/desk.ts';
import type { AlarmPolicy } from '../../stream/alarm/policy.ts';
import type { Bed } from '../../stream/bed.ts';
import { shownFrequency, thinningOf } from '../../stream/filter.ts';
import type { LastHour } from '../../stream/labels/last-hour.ts';
import type { Vocabulary } from '../../stream/labels/vocabulary.ts';
import type { Ward } from '../../stream/ward.ts';
import { WIRE_VERSION, type BedNumerics, type BedSnapshot, type FindingView, type WardSnapshot } from '../wire.ts';

export interface WardViewParts {
  readonly ward: Ward;
  readonly desk: AlarmDesk;
  readonly clock: Clock;
  readonly policyOf: (condition: AlarmCondition) => AlarmPolicy;
  readonly model: () => WardSnapshot['model'];
  /** The labels in force; undefined without a model. */
  readonly vocabulary: Pick<Vocabulary, 'entry' | 'abstains'> | undefined;
  readonly lastHour: LastHour | undefined;
}

/** Findings shown per bed beside the typed ones, which somebody asked for; the rest says little. */
const SHOWN_FINDINGS = 8;

/** The lead that the ward shows of a bed: II or what lies nearest to it, else the first. */
export function primaryLead(leads: readonly Lead[]): number {
  const second = leads.findIndex((lead) => nearestStandardLead(lead) === 'II');
  return Math.max(0, second);
}

export class WardView {
  readonly #parts: WardViewParts;

  constructor(parts: WardViewParts) {
    this.#parts = parts;
  }

  snapshot(): WardSnapshot {
    const { ward, clock, model } = this.#parts;
    return { version: WIRE_VERSION, serverTimeMs: clock.now(), model: model(), beds: ward.beds().map((bed) => this.#bed(bed)) };
  }

  numerics(bed: Bed): BedNumerics {
    const { desk, clock, policyOf } = this.#parts;
    const thinning = thinningOf(bed.hello.samplingFrequency);
    const { gaps, missingSamples, duplicate, refused } = bed.counters;
    return {
      bed: bed.bed,
      serverTimeMs: clock.now(),
      live: bed.live,
      lastSampleMs: bed.lastSampleMs ?? null,
      clockOffsetMs: bed.clockOffsetMs ?? null,
      heartRateBpm: bed.heartRateBpm ?? null,
      leadStates: bed.leadStates,
      findings: this.#findings(bed),
      ...(this.#parts.vocabulary?.abstains(bed.findings) && { abstained: true }),
      findingsMs: bed.findingsMs ?? null,
      alarms: desk.alarmsOf(bed.bed).map(({ condition, priority, state, onsetMs, detectedAtMs, cause, escalation, breakthrough }) => ({
        condition, text: policyOf(condition).text, priority, state, onsetMs, detectedAtMs, cause, ...(escalation && { escalation }), ...(breakthrough && { breakthrough }) })),
      audioPausedUntilMs: desk.audioPausedUntilMs(bed.bed) ?? null,
      alarmsOff: desk.offAt(bed.bed).map(({ group, by, reason, sinceMs }) => ({ group, by: by.name, reason, sinceMs })),
      counters: { gaps, missingSamples, duplicates: duplicate, refused },
      beats: bed.recentBeats.map((beat) => ({ index: Math.round(beat.index / thinning), class: beat.class })),
    };
  }

  #findings({ bed, findings }: Bed): FindingView[] {
    const { vocabulary, lastHour } = this.#parts;
    const shown = findings.filter(({ label }, rank) => rank < SHOWN_FINDINGS || vocabulary?.entry(label)?.label.custom);
    return shown.map(({ label, cosine, score, probability }): FindingView => {
      const entry = vocabulary?.entry(label);
      const view = { label, name: entry?.label.name ?? label, cosine, score, ...(probability !== undefined && { probability }) };
      if (!entry || entry.label.calibrated) return view;
      const { bed: percentileBed, ward: percentileWard } = lastHour?.percentiles(label, entry.direction, bed, cosine) ?? {};
      return { ...view, uncalibrated: true, ...(percentileBed !== undefined && { percentileBed }), ...(percentileWard !== undefined && { percentileWard }) };
    });
  }

  #bed(bed: Bed): BedSnapshot {
    const { hello, epoch, slot } = bed;
    const { desk } = this.#parts;
    const band = desk.bandOf(bed.bed);
    return {
      bed: bed.bed,
      slot,
      source: hello.source,
      device: hello.device,
      epoch,
      leads: hello.leads,
      primaryLead: primaryLead(hello.leads),
      samplingFrequencyHz: shownFrequency(hello.samplingFrequency),
      band,
      filter: bandwidthText(DISPLAY_BANDS[band], hello.samplingFrequency),
      limits: desk.limitsOf(bed.bed),
      numerics: this.numerics(bed),
    };
  }
}

/**
 * One bed: the feed that is connected to it now, its line, and what is known of the patient at this moment.
 * Every value is kept with its time, so that nothing old is ever taken for live.
 */
import { Subject, tap, type Subscription } from 'rxjs';
import { RHYTHM_CONDITIONS, type AlarmSource, type TechnicalCondition } from '../ecg/alarm.ts';
import type { Clock } from '../ecg/clock.ts';
import type { DisplayBand } from '../ecg/dsp/display-band.ts';
import { EcgError } from '../ecg/errors.ts';
import type { Finding } from '../ecg/finding.ts';
import type { BedLimits } from '../ecg/limits.ts';
import type { RhythmAnalyser } from '../ecg/rhythm.ts';
import { ms, type Bpm, type EpochMs, type Ms } from '../ecg/units.ts';
import type { AlarmInput } from './alarm/state.ts';
import { BedFindings, type BedVocabulary, type SayCondition, type ScoredSegment } from './bed-findings.ts';
import { BedLeads } from './bed-leads.ts';
import { readFrame, type FeedSession, type Hello } from './feed/feed.ts';
import { guardedTap } from './history/guarded-tap.ts';
import type { HistoryTap } from './history/recorder.ts';
import type { LeadState, LineEvent, ReceivedFrame } from './line.ts';
import { bedLine, type LineParts } from './pipeline.ts';

/** No sample for this long and the bed is not live: leaves a second for the page to show it within 3 s. */
export const NO_DATA_MS = ms(2000);
/** A line that fails more often than this on one feed is left stopped, with its alarm on. */
const RESTARTS_PER_EPOCH = 10;
/** Beats kept for the page's markers. */
const RECENT_BEATS = 32;

export interface BedParts extends Omit<LineParts, 'inAlarm' | 'band' | 'record'> {
  readonly clock: Clock;
  readonly vocabulary: BedVocabulary;
  /** Limits and display band in force at a bed, whoever feeds it. */
  readonly limitsOf: (bed: string) => BedLimits;
  readonly bandOf: (bed: string) => DisplayBand;
  readonly inAlarm: (bed: string) => boolean;
  readonly alarm: (bed: string, input: AlarmInput) => void;
  readonly waveform: (bed: Bed, startIndex: number, samplesUv: readonly Float32Array[]) => void;
  readonly warn: (message: string) => void;
  /** Told of every segment that was scored, in order for each bed. */
  readonly scored?: (segment: ScoredSegment) => void;
  /** What happened, kept; undefined where no history is. */
  readonly history?: HistoryTap | undefined;
}

export interface BedCounters {
  frames: number;
  refused: number;
  gaps: number;
  missingSamples: number;
  duplicate: number;
  late: number;
  clockSteps: number;
  scored: number;
  unscored: Record<'quality' | 'stale' | 'overload' | 'failed', number>;
  /** Restarts of the line after a fault of our own code. */
  faults: number;
  /** Calls of the history that threw; the line never notices. */
  historyFaults: number;
}

export class Bed {
  readonly bed: string;
  readonly slot: number;
  readonly counters: BedCounters = {
    frames: 0, refused: 0, gaps: 0, missingSamples: 0, duplicate: 0, late: 0, clockSteps: 0, scored: 0,
    unscored: { quality: 0, stale: 0, overload: 0, failed: 0 }, faults: 0, historyFaults: 0,
  };
  hello: Hello;
  epoch = 0;
  live = false;
  lastSampleMs: EpochMs | undefined;
  clockOffsetMs: Ms | undefined;
  heartRateBpm: Bpm | undefined;
  recentBeats: readonly { readonly index: number; readonly class: string }[] = [];
  readonly #parts: BedParts;
  readonly #findings: BedFindings;
  readonly #leads: BedLeads;
  #session: FeedSession | undefined;
  #line: Subscription | undefined;
  #waitingSinceMs: EpochMs;
  #restarts = 0;
  #analyser: RhythmAnalyser | undefined;

  readonly #condition: SayCondition = (condition, active, cause, source) => (
    this.#parts.alarm(this.bed, { type: 'condition', condition, active, onsetMs: this.#parts.clock.now(), cause, ...(source && { source }) }));

  constructor(slot: number, hello: Hello, parts: BedParts) {
    this.bed = hello.bed;
    this.slot = slot;
    this.hello = hello;
    this.#parts = parts.history
      ? { ...parts, history: guardedTap(parts.history, (error) => {
        if (this.counters.historyFaults++ === 0) parts.warn(`history of ${this.bed} failed; monitoring goes on without it: ${String(error)}`);
      }) }
      : parts;
    this.#findings = new BedFindings(this.#parts, this.#condition);
    this.#leads = new BedLeads(this.#condition);
    this.#waitingSinceMs = parts.clock.now();
  }

  /** One for each lead of the feed. */
  get leadStates(): readonly LeadState[] {
    return this.#leads.states;
  }

  /** Of the newest scored segment, highest score first. */
  get findings(): readonly Finding[] {
    return this.#findings.findings;
  }

  /** Server clock at the end of that segment. */
  get findingsMs(): EpochMs | undefined {
    return this.#findings.endMs;
  }

  /** A feed takes the bed: a new epoch. @param fault told of every frame that could not be aligned */
  begin(hello: Hello, fault: (error: EcgError) => void): FeedSession {
    if (this.#session && this.live) {
      throw new EcgError('FEED_BED_TAKEN', `${this.bed} is fed by a live device already`, {
        expected: 'a bed without a live feed', received: `a second feed, "${hello.device}"`, from: this.bed });
    }
    this.#session?.end();
    this.hello = hello;
    this.epoch++;
    this.#leads.begin(hello.leads);
    this.recentBeats = [];
    this.#restarts = 0;
    this.#waitingSinceMs = this.#parts.clock.now();
    this.#parts.history?.begin(hello, this.epoch);
    const frames$ = new Subject<ReceivedFrame>();
    this.#startLine(frames$, fault);
    const session: FeedSession = {
      epoch: this.epoch,
      ended: () => this.#session !== session,
      push: (bytes) => {
        try {
          const frame = readFrame(bytes, hello);
          this.counters.frames++;
          frames$.next({ frame, receivedAtMs: this.#parts.clock.now() });
        } catch (error) {
          this.counters.refused++;
          throw error;
        }
      },
      end: () => {
        if (this.#session !== session) return;
        this.#session = undefined;
        frames$.complete();
        this.#line?.unsubscribe();
        // A bed may stay empty for weeks: what its line worked with is let go.
        this.#line = undefined;
        this.#analyser = undefined;
        this.#parts.history?.end(this.bed);
        this.#epochEnded();
      },
    };
    this.#session = session;
    if (!this.#parts.scorer) this.#condition('modelUnavailable', true, 'no model is loaded');
    return session;
  }

  /** It was fed before the server started, and is not since. @param lastSampleMs server clock */
  missed(lastSampleMs: EpochMs): void {
    this.lastSampleMs = lastSampleMs;
    this.#waitingSinceMs = lastSampleMs;
    this.#leads.begin(this.hello.leads);
  }

  /** A person changed the bed's limits: they hold from the next sample on. */
  limitsChanged(): void {
    this.#analyser?.setLimits(this.#parts.limitsOf(this.bed).rhythm);
  }

  /** The labels changed. */
  relabel(): void {
    this.#findings.relabel(this.bed);
  }

  /** Looks at the clock: data that stopped are said to have stopped. */
  tick(): void {
    const now = this.#parts.clock.now();
    if (this.lastSampleMs !== undefined && this.lastSampleMs > now) this.lastSampleMs = now; // a clock that was set back hides no silence
    if (this.#waitingSinceMs > now) this.#waitingSinceMs = now;
    const silentMs = now - Math.max(this.lastSampleMs ?? 0, this.#waitingSinceMs);
    const wasLive = this.live;
    if (silentMs > NO_DATA_MS) {
      this.live = false;
      this.heartRateBpm = undefined;
      this.#condition('noData', true, `no sample for ${(silentMs / 1000).toFixed(1)} s`);
    }
    this.#findings.expire(now);
    if (wasLive && !this.live && !this.#session) this.#epochEnded();
  }

  #startLine(frames$: Subject<ReceivedFrame>, fault: (error: EcgError) => void): void {
    const { hello, epoch, bed } = this;
    const createAnalyser: LineParts['createAnalyser'] = (feed) => {
      this.#analyser = this.#parts.createAnalyser(feed);
      this.limitsChanged();
      return this.#analyser;
    };
    const parts: LineParts = { ...this.#parts, createAnalyser, inAlarm: () => this.#parts.inAlarm(bed), band: () => this.#parts.bandOf(bed), record: (item) => this.#parts.history?.aligned(bed, item) };
    this.#line = bedLine(frames$, hello, epoch, parts).pipe(tap((event) => this.#take(event, fault))).subscribe({
      error: (error: unknown) => {
        // A fault of our own code on this bed's data: said, counted, and the line begins anew with fresh state.
        this.counters.faults++;
        this.#parts.warn(`line of ${this.bed} failed and was restarted: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        this.#condition('monitoringFault', true, error instanceof Error ? error.message : String(error));
        if (this.#restarts++ >= RESTARTS_PER_EPOCH) return; // the alarm stays on, and its priority rises
        this.#condition('monitoringFault', false, '');
        this.#startLine(frames$, fault);
      },
    });
  }

  #take(event: LineEvent, fault: (error: EcgError) => void): void {
    switch (event.kind) {
      case 'received':
        this.lastSampleMs = event.atMs;
        this.clockOffsetMs = event.clockOffsetMs;
        if (!this.live) {
          this.live = true;
          this.#condition('noData', false, '');
        }
        this.#leads.noteOff(event.leadOffMask);
        this.#condition('feedClockOff', event.clockFault !== undefined, event.clockFault ?? '');
        return;
      case 'waveform':
        this.#parts.waveform(this, event.startIndex, event.samplesUv);
        return;
      case 'rhythm':
        this.#noteRhythm(event);
        return;
      case 'quality':
        this.#leads.noteQuality(event.leadStates);
        return;
      case 'findings':
        if (!this.#findings.note(this.bed, event)) return;
        this.counters.scored++;
        this.#condition('modelUnavailable', false, '');
        return;
      case 'unscored':
        this.counters.unscored[event.reason]++;
        if (event.reason !== 'quality') this.#condition('modelUnavailable', true, `segment not scored: ${event.reason}`);
        return;
      case 'gap':
        this.counters.gaps++;
        this.counters.missingSamples += event.sampleCount;
        return;
      case 'clockStep':
        this.counters.clockSteps++;
        return;
      case 'discarded':
        this.counters[event.reason]++;
        return;
      case 'refused':
        this.counters.refused++;
        fault(event.error);
    }
  }

  #noteRhythm(event: Extract<LineEvent, { kind: 'rhythm' }>): void {
    const { beats, changes, heartRateBpm, monitored } = event;
    this.heartRateBpm = heartRateBpm;
    if (beats.length > 0) {
      this.recentBeats = [...this.recentBeats, ...beats.map((beat) => ({ index: beat.sampleIndex, class: beat.class }))].slice(-RECENT_BEATS);
    }
    for (const { condition, active, onsetMs, cause } of changes) {
      const source: AlarmSource = { kind: 'rule', rule: condition, limits: { ...this.#parts.limitsOf(this.bed).rhythm } };
      this.#parts.alarm(this.bed, { type: 'condition', condition, active, onsetMs, cause, source });
    }
    this.#condition('asystoleNotMonitored', !monitored, 'every lead is off, saturated or missing');
    this.#parts.history?.numerics(this.bed, { heartRateBpm });
    this.#parts.history?.beats(this.bed, beats);
  }

  /** Nothing is known any more of what the rules were watching; latched alarms stay by themselves. */
  #epochEnded(): void {
    this.heartRateBpm = undefined;
    const technical: TechnicalCondition[] = ['leadsOff', 'asystoleNotMonitored', 'signalSaturated', 'noisySignal', 'feedClockOff'];
    for (const condition of [...RHYTHM_CONDITIONS, ...technical]) this.#condition(condition, false, 'the feed ended');
  }
}

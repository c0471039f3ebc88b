import type { Clock } from '../../ecg/clock.ts';
import type { EpochMs } from '../../ecg/units.ts';
import { unpackWaveforms, type BedNumerics, type BedSnapshot, type Role, type WardSnapshot } from '../wire.ts';
import { alarmsToShow, byUrgency, type ShownAlarm } from './alarms.ts';
import { freshness, type Freshness } from './freshness.ts';
import { ServerClock } from './server-clock.ts';
import { alarmText, findingText, texts } from './text/texts.ts';
import { BedTrace } from './trace/bed-trace.ts';
import { Trend } from './trend.ts';

export type Connection = 'connecting' | 'live' | 'lost' | 'refused';

/** No message for this long and the connection counts as lost, whatever the socket thinks. The server speaks every second. */
const SILENCE_MS = 2500;

/** All the page knows of one bed. */
export interface BedState {
  readonly snapshot: BedSnapshot;
  readonly numerics: BedNumerics;
  /** Page time at which `numerics` arrived. */
  readonly numericsAtMs: EpochMs;
  readonly trace: BedTrace;
  readonly trend: Trend;
}

/** A bed as the views show it at one moment. */
export interface BedView extends BedState {
  readonly freshness: Freshness;
  readonly alarms: readonly ShownAlarm[];
}

/** The page's copy of the ward: fed by the connection, read by the views. Holds no view and draws nothing. */
export class WardStore {
  readonly #clock: Clock;
  readonly #zeroMs: EpochMs;
  readonly #serverClock = new ServerClock();
  #beds = new Map<string, BedState>();
  #bySlot = new Map<number, BedState>();
  #socket: 'connecting' | 'open' | 'closed' | 'refused' = 'connecting';
  #heardMs: EpochMs | undefined;
  model: WardSnapshot['model'] | undefined;
  /** What the server lets this page do; undefined until it has said so. */
  role: Role | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#zeroMs = clock.now();
  }

  get beds(): ReadonlyMap<string, BedState> {
    return this.#beds;
  }

  /** Page time since the server's last word, or since the page began. */
  get silenceMs(): number {
    return this.#clock.now() - (this.#heardMs ?? this.#zeroMs);
  }

  get connection(): Connection {
    if (this.#socket === 'refused') return 'refused';
    const silent = this.silenceMs > SILENCE_MS;
    if (this.#heardMs === undefined) return silent ? 'lost' : 'connecting';
    return this.#socket === 'open' && !silent ? 'live' : 'lost';
  }

  /** The server's clock now, as estimated; undefined before its first message. */
  get serverNowMs(): number | undefined {
    return this.#serverClock.at(this.#clock.now());
  }

  setSocket(state: 'open' | 'closed' | 'refused'): void {
    this.#socket = state;
  }

  takeSnapshot(snapshot: WardSnapshot): void {
    this.#hear(snapshot.serverTimeMs);
    this.model = snapshot.model;
    const beds = new Map<string, BedState>();
    for (const bed of snapshot.beds) {
      const before = this.#beds.get(bed.bed);
      const same = before?.trace.fs === bed.samplingFrequencyHz && before.snapshot.leads.join() === bed.leads.join();
      const trace = same ? before.trace : new BedTrace(this.#clock, bed.samplingFrequencyHz, this.#zeroMs);
      if (same && before.snapshot.band !== bed.band) trace.forget();
      beds.set(bed.bed, { snapshot: bed, numerics: inWords(bed.numerics), numericsAtMs: this.#clock.now(), trace, trend: before?.trend ?? new Trend() });
    }
    this.#replace(beds);
  }

  takeNumerics(all: readonly BedNumerics[]): void {
    if (all[0]) this.#hear(all[0].serverTimeMs);
    this.#heardMs = this.#clock.now();
    const beds = new Map(this.#beds);
    for (const numerics of all) {
      const bed = beds.get(numerics.bed);
      if (!bed) continue;
      bed.trace.addBeats(numerics.beats);
      bed.trend.add(numerics);
      beds.set(numerics.bed, { ...bed, numerics: inWords(numerics), numericsAtMs: this.#clock.now() });
    }
    this.#replace(beds);
  }

  /** Takes packed waveforms. A block of another epoch than the snapshot's is of a feed not yet introduced, and waits for it. */
  takeWaveforms(packed: Uint8Array): void {
    this.#heardMs = this.#clock.now();
    for (const block of unpackWaveforms(packed)) {
      const bed = this.#bySlot.get(block.slot);
      if (bed && (bed.snapshot.epoch & 0xffff) === block.epoch && block.lead < bed.snapshot.leads.length) bed.trace.write(block);
    }
  }

  /** One bed as it stands now, or undefined where the ward has no such bed. */
  view(bed: string): BedView | undefined {
    const state = this.#beds.get(bed);
    if (!state) return undefined;
    const { numerics } = state;
    const now = this.#clock.now();
    const serverNowMs = this.#serverClock.at(now);
    const fresh = freshness({
      connected: this.connection === 'live',
      live: numerics.live,
      numericsAgeMs: now - state.numericsAtMs,
      sampleAgeMs: numerics.lastSampleMs === null || serverNowMs === undefined ? null : serverNowMs - numerics.lastSampleMs,
      sinceWaveformMs: now - state.trace.lastSamplesMs,
    });
    const told = numerics.alarms.map((alarm) => ({ ...alarm, text: alarmText(alarm) }));
    return { ...state, freshness: fresh, alarms: alarmsToShow(told, fresh.live, numerics.lastSampleMs, texts.pageAlarm) };
  }

  views(): BedView[] {
    return [...this.#beds.keys()].map((bed) => this.view(bed)!);
  }

  /** What a label of the model is called in the page's language. */
  nameOf(label: string): string {
    return findingText(this.model?.labels.find(({ id }) => id === label)?.name ?? label);
  }

  /** Every alarm of the ward with its bed, most urgent first. */
  alarms(): { bed: string; alarm: ShownAlarm }[] {
    return this.views()
      .flatMap(({ snapshot, alarms }) => alarms.map((alarm) => ({ bed: snapshot.bed, alarm })))
      .sort((a, b) => byUrgency(a.alarm, b.alarm));
  }

  #hear(serverTimeMs: number): void {
    const now = this.#clock.now();
    this.#heardMs = now;
    this.#serverClock.hear(serverTimeMs, now);
  }

  #replace(beds: Map<string, BedState>): void {
    this.#beds = beds;
    this.#bySlot = new Map([...beds.values()].map((bed) => [bed.snapshot.slot, bed]));
  }
}

/** Findings by their names in the page's language; after a change of language the next numerics bring the new ones. */
const inWords = (numerics: BedNumerics): BedNumerics => ({ ...numerics, findings: numerics.findings.map((finding) => ({ ...finding, name: findingText(finding.name) })) });

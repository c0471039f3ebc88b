import type { Clock } from '../../../ecg/clock.ts';
import type { Priority } from '../../../ecg/alarm.ts';
import { BURSTS, PARTIALS, burstLengthMs, type Pulse } from './patterns.ts';

/** Rise and fall of a pulse: a sharp edge clicks. Within the 10-40 % of the pulse that IEC 60601-1-8 allows. */
const EDGE_S = 0.02;
const VOLUME: Readonly<Record<Priority, number>> = { high: 0.5, medium: 0.35, low: 0.25, technical: 0.25 };

/** Sounds the ward's most urgent alarm. Browsers allow no sound before a person has touched the page: until `arm`, none is heard. */
export class AlarmSound {
  readonly #clock: Clock;
  #context: AudioContext | undefined;
  #wave: PeriodicWave | undefined;
  #sounding: Priority | null = null;
  #nextMs = 0;
  #bus: GainNode | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get state(): 'armed' | 'waiting' | 'unavailable' {
    if (typeof AudioContext === 'undefined') return 'unavailable';
    return this.#context?.state === 'running' ? 'armed' : 'waiting';
  }

  /** Called from within a person's click or key press. */
  async arm(): Promise<void> {
    if (typeof AudioContext === 'undefined') return;
    this.#context ??= new AudioContext();
    await this.#context.resume();
    this.#wave ??= this.#context.createPeriodicWave(new Float32Array(PARTIALS.length), new Float32Array(PARTIALS));
  }

  /** Told several times a second what should sound now; starts bursts when they are due and stops at once when nothing should. */
  update(priority: Priority | null): void {
    const now = this.#clock.now();
    if (priority !== this.#sounding) {
      this.#sounding = priority;
      this.#silence();
      this.#nextMs = now;
    }
    if (priority === null || this.state !== 'armed' || now < this.#nextMs) return;
    const burst = BURSTS[priority];
    this.#bus = this.#context!.createGain();
    this.#bus.gain.value = VOLUME[priority];
    this.#bus.connect(this.#context!.destination);
    for (const pulse of burst.pulses) this.#play(pulse, this.#bus);
    this.#nextMs = now + burstLengthMs(burst) + burst.pauseMs;
  }

  #play({ atMs, durationMs, frequencyHz }: Pulse, bus: GainNode): void {
    const context = this.#context!;
    const start = context.currentTime + 0.05 + atMs / 1000;
    const end = start + durationMs / 1000;
    const tone = context.createOscillator();
    tone.setPeriodicWave(this.#wave!);
    tone.frequency.value = frequencyHz;
    const shape = context.createGain();
    shape.gain.setValueAtTime(0, start);
    shape.gain.linearRampToValueAtTime(1, start + EDGE_S);
    shape.gain.setValueAtTime(1, end - EDGE_S);
    shape.gain.linearRampToValueAtTime(0, end);
    tone.connect(shape).connect(bus);
    tone.start(start);
    tone.stop(end);
  }

  #silence(): void {
    this.#bus?.disconnect();
    this.#bus = undefined;
  }
}

/**
 * A simulated patient: a dipole that beats (or does not) as a course says, seen by twelve leads, with breathing and noise.
 * Chunk-invariant: the same samples, however many are asked for at a time. Everything follows from the seed.
 */
import { STANDARD_LEADS } from '../leads.ts';
import { MICROVOLTS_PER_MILLIVOLT, type Hz } from '../units.ts';
import { BeatPlanner, DEFAULT_HEART_RATES, type HeartRates, type PlannedBeat } from './beat-planner.ts';
import { Timeline, type Course, type RhythmSpan, type SimulatedRhythm } from './course.ts';
import { ATRIAL_FIBRILLATION, Oscillation, VENTRICULAR_FIBRILLATION } from './fibrillation.ts';
import { INDEPENDENT_LEADS, spreadLeads } from './lead-field.ts';
import { BEAT_SHAPES, KERNEL_REACH, LEAD_IN_SECONDS, repolarisationScale } from './morphology.ts';
import { DEFAULT_NOISE, LeadNoise, type NoiseLevels } from './noise.ts';
import { seededRandom, type Random } from './random.ts';

export interface SimulatorOptions {
  readonly samplingFrequency: Hz;
  readonly seed: number;
  readonly course: Course;
  readonly rates?: Partial<HeartRates>;
  readonly noise?: Partial<NoiseLevels>;
}

/** What really happened, for tests: nothing in the line may read it. */
export interface SimulatedTruth {
  /** Beats whose R peak lies in this block; `sampleIndex` since the start. */
  readonly beats: readonly { readonly sampleIndex: number; readonly class: PlannedBeat['class'] }[];
  /** Rhythms that begin in this block. */
  readonly changes: readonly { readonly sampleIndex: number; readonly rhythm: SimulatedRhythm }[];
}

export interface SimulatedBlock extends SimulatedTruth {
  /** Planar, one array per lead of STANDARD_LEADS, in microvolts. */
  readonly samplesUv: readonly Float32Array[];
  /** All leads off where any sample of the block falls into `lead-off`. */
  readonly leadOffMask: number;
}

/** A kernel on its way through time, in seconds and millivolts. */
interface ActiveKernel {
  readonly centre: number;
  readonly width: number;
  readonly end: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

const ALL_LEADS_OFF = 2 ** STANDARD_LEADS.length - 1;
/** Breaths a second: 15 a minute. */
const RESPIRATION_HZ = 0.25;
/** Breathing changes amplitudes by this share and turns the heart by this angle (radians) in the frontal plane. */
const RESPIRATION_AMPLITUDE = 0.05;
const RESPIRATION_TURN = 0.06;
/** No two beats are of quite the same size: standard deviation as a share. */
const BEAT_SPREAD = 0.02;

export class PatientSimulator {
  readonly samplingFrequency: Hz;
  readonly leads = STANDARD_LEADS;
  readonly #timeline: Timeline;
  readonly #planner: BeatPlanner;
  readonly #beatRandom: Random;
  readonly #fibrillation: Oscillation;
  readonly #atria: Oscillation;
  readonly #noise: readonly LeadNoise[];
  readonly #eight = new Float64Array(INDEPENDENT_LEADS.length);
  readonly #dipole = new Float64Array(3);
  #active: ActiveKernel[] = [];
  #due: PlannedBeat[] = []; // planned, R peak still to come
  #planned: PlannedBeat;
  #span: RhythmSpan;
  #announced: SimulatedRhythm | undefined;
  #index = 0;

  /** @throws RangeError where the course or the sampling frequency cannot be used */
  constructor({ samplingFrequency, seed, course, rates, noise }: SimulatorOptions) {
    if (!(samplingFrequency > 0)) throw new RangeError(`a sampling frequency is positive, received ${samplingFrequency}`);
    this.samplingFrequency = samplingFrequency;
    const dt = 1 / samplingFrequency;
    // One generator for each purpose, so that more noise does not change the beats.
    const seeds = seededRandom(seed);
    const random = (): Random => seededRandom(Math.floor(seeds.uniform() * 2 ** 32));
    this.#timeline = new Timeline(course);
    this.#planner = new BeatPlanner(this.#timeline, { ...DEFAULT_HEART_RATES, ...rates }, RESPIRATION_HZ, random());
    this.#beatRandom = random();
    this.#fibrillation = new Oscillation(VENTRICULAR_FIBRILLATION, random(), dt);
    this.#atria = new Oscillation(ATRIAL_FIBRILLATION, random(), dt);
    this.#noise = INDEPENDENT_LEADS.map(() => new LeadNoise({ ...DEFAULT_NOISE, ...noise }, random(), samplingFrequency));
    this.#planned = this.#planner.next();
    this.#span = this.#timeline.at(0);
  }

  /** The next `count` samples of all leads. */
  next(count: number): SimulatedBlock {
    const samplesUv = STANDARD_LEADS.map(() => new Float32Array(count));
    const beats: SimulatedTruth['beats'][number][] = [];
    const changes: SimulatedTruth['changes'][number][] = [];
    let leadOffMask = 0;
    for (let i = 0; i < count; i++, this.#index++) {
      const time = this.#index / this.samplingFrequency;
      if (time >= this.#span.end) this.#span = this.#timeline.at(time);
      if (this.#span.rhythm !== this.#announced) {
        this.#announced = this.#span.rhythm;
        changes.push({ sampleIndex: this.#index, rhythm: this.#span.rhythm });
      }
      while (this.#planned.time < time + LEAD_IN_SECONDS) this.#activate();
      // The sample nearest to the R peak.
      while (this.#due[0] && this.#due[0].time <= time + 0.5 / this.samplingFrequency) {
        beats.push({ sampleIndex: this.#index, class: this.#due.shift()!.class });
      }
      if (this.#span.rhythm === 'lead-off') leadOffMask = ALL_LEADS_OFF;
      this.#sample(time);
      spreadLeads(this.#eight, samplesUv, i);
    }
    return { samplesUv, leadOffMask, beats, changes };
  }

  /** Puts the kernels of the planned beat on their way, and plans the next. */
  #activate(): void {
    const { time, rr, shape } = this.#planned;
    const size = 1 + BEAT_SPREAD * this.#beatRandom.normal();
    for (const { at, width, dipole, repolarisation } of BEAT_SHAPES[shape]) {
      const scale = repolarisation ? repolarisationScale(rr) : 1;
      const centre = time + at * scale;
      const [x, y, z] = dipole;
      this.#active.push({ centre, width: width * scale, end: centre + KERNEL_REACH * width * scale, x: x * size, y: y * size, z: z * size });
    }
    this.#due.push(this.#planned);
    this.#planned = this.#planner.next();
  }

  /** Fills `#eight` with the sample at `time`, in microvolts. */
  #sample(time: number): void {
    const dipole = this.#dipole.fill(0);
    let ended = false;
    for (const kernel of this.#active) {
      if (time > kernel.end) ended = true;
      const distance = (time - kernel.centre) / kernel.width;
      if (Math.abs(distance) > KERNEL_REACH) continue;
      const share = Math.exp(-0.5 * distance * distance);
      dipole[0]! += kernel.x * share;
      dipole[1]! += kernel.y * share;
      dipole[2]! += kernel.z * share;
    }
    if (ended) this.#active = this.#active.filter((kernel) => kernel.end >= time);
    this.#fibrillation.addTo(dipole, this.#span.rhythm === 'vf');
    this.#atria.addTo(dipole, this.#span.rhythm === 'af');

    const breath = Math.sin(2 * Math.PI * RESPIRATION_HZ * time);
    const size = MICROVOLTS_PER_MILLIVOLT * (1 + RESPIRATION_AMPLITUDE * breath);
    const [sin, cos] = [Math.sin(RESPIRATION_TURN * breath), Math.cos(RESPIRATION_TURN * breath)];
    const x = size * (cos * dipole[0]! - sin * dipole[1]!);
    const y = size * (sin * dipole[0]! + cos * dipole[1]!);
    const z = size * dipole[2]!;
    // An open input sees no heart.
    const seen = this.#span.rhythm === 'lead-off' ? 0 : 1;
    for (let lead = 0; lead < INDEPENDENT_LEADS.length; lead++) {
      const [byX, byY, byZ] = INDEPENDENT_LEADS[lead]!;
      this.#eight[lead] = seen * (byX * x + byY * y + byZ * z) + this.#noise[lead]!.next(time, breath);
    }
  }
}

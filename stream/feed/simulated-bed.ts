/** Simulated patients as devices of a ward: ordinary clients of the socket feed. */
import { systemClock, type Clock } from '../../ecg/clock.ts';
import { FRAME_VERSION } from '../../ecg/frame.ts';
import type { HeartRates } from '../../ecg/simulator/beat-planner.ts';
import { rotateCourse, type Course } from '../../ecg/simulator/course.ts';
import { PatientSimulator } from '../../ecg/simulator/simulator.ts';
import { hz } from '../../ecg/units.ts';
import type { FeedSink } from './feed-sink.ts';
import { frameSamples, pace, type FrameSource } from './pace.ts';

/** What tells one simulated patient from another. */
export interface SimulatedPatient {
  readonly bed: string;
  readonly seed: number;
  readonly course: Course;
  readonly rates?: Partial<HeartRates>;
}

/** Usual for 12-lead devices. */
const SAMPLING_FREQUENCY = hz(500);
/** One adu is one microvolt. */
const ADC_GAIN = 1000;
/** The simulated converter's rails, in adu: all that a frame's int16 can say but the mark of a missing sample. */
const RAIL = 32767;

/** All rhythms, with enough calm between them that a person can follow the ward; 515 s a round. */
const WARD_COURSE: Course = [
  { rhythm: 'sinus', seconds: 75 },
  { rhythm: 'pvc-runs', seconds: 60 },
  { rhythm: 'vt', seconds: 15 },
  { rhythm: 'sinus', seconds: 75 },
  { rhythm: 'af', seconds: 75 },
  { rhythm: 'sinus', seconds: 45 },
  { rhythm: 'bradycardia', seconds: 30 },
  { rhythm: 'sinus', seconds: 60 },
  { rhythm: 'vf', seconds: 20 },
  { rhythm: 'asystole', seconds: 15 },
  { rhythm: 'sinus', seconds: 30 },
  { rhythm: 'lead-off', seconds: 15 },
];
/** Steps of the course between one bed and the next: 5 and 12 have no common factor, so twelve beds all differ. */
const STEPS_BETWEEN_BEDS = 5;

/** Patients `bed-1` to `bed-n`, each in another part of a course through all rhythms, with a heart rate of its own. */
export const defaultSimulatedWard = (beds: number, seed = 1): SimulatedPatient[] => simulatedWard(beds, WARD_COURSE, STEPS_BETWEEN_BEDS, seed);

/** Patients `bed-1` to `bed-n` who all follow `course`, each begun `stepsApart` steps after the one before. */
export function simulatedWard(beds: number, course: Course, stepsApart: number, seed: number): SimulatedPatient[] {
  return Array.from({ length: beds }, (_, index) => ({
    bed: `bed-${index + 1}`,
    seed: seed * 1000 + index,
    course: rotateCourse(course, index * stepsApart),
    rates: { sinus: 62 + ((index * 7) % 30) },
  }));
}

/** For people. */
export const simulatedDevice = (patient: SimulatedPatient): string => `Simulated patient ${patient.seed}`;

/** Cuts a simulated patient into frames. It never ends. */
export function simulatedSource(patient: SimulatedPatient): FrameSource {
  const simulator = new PatientSimulator({ samplingFrequency: SAMPLING_FREQUENCY, ...patient });
  const count = frameSamples(SAMPLING_FREQUENCY);
  return {
    hello: {
      version: FRAME_VERSION,
      bed: patient.bed,
      source: 'simulator',
      device: simulatedDevice(patient),
      samplingFrequencyHz: SAMPLING_FREQUENCY,
      leads: [...simulator.leads],
      adcGain: simulator.leads.map(() => ADC_GAIN),
      baseline: simulator.leads.map(() => 0),
      railAdu: [-RAIL, RAIL],
    },
    next() {
      const { samplesUv, leadOffMask } = simulator.next(count);
      return { samples: samplesUv.map(toAdu), leadOffMask };
    },
  };
}

/** Feeds a simulated patient in real time; the returned function ends it. */
export const simulateBed = (patient: SimulatedPatient, sink: FeedSink, clock: Clock = systemClock): (() => void) =>
  pace(simulatedSource(patient), sink, clock, () => {});

const toAdu = (samplesUv: Float32Array): Int16Array =>
  Int16Array.from(samplesUv, (value) => Math.max(-RAIL, Math.min(RAIL, Math.round((value * ADC_GAIN) / 1000))));

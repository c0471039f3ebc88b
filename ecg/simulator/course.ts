/** What happens to a simulated patient, in which order, for how long. */
export const SIMULATED_RHYTHMS = ['sinus', 'bradycardia', 'af', 'pvc-runs', 'vt', 'vf', 'asystole', 'lead-off'] as const;
export type SimulatedRhythm = (typeof SIMULATED_RHYTHMS)[number];

export interface CourseStep {
  readonly rhythm: SimulatedRhythm;
  readonly seconds: number;
}

export type Course = readonly CourseStep[];

/** A change of rhythm, `seconds` after the start. */
export interface RhythmSpan extends CourseStep {
  readonly start: number;
  readonly end: number;
}

/** Answers which rhythm holds when. The course begins again at its end, for ever. */
export class Timeline {
  readonly #course: Course;
  readonly #length: number;

  /** @throws RangeError where the course is empty or a step has no duration */
  constructor(course: Course) {
    const bad = course.find((step) => !(step.seconds > 0));
    if (course.length === 0 || bad) {
      throw new RangeError(`a course has steps of positive duration, received ${bad ? `${bad.rhythm} for ${bad.seconds} s` : 'none'}`);
    }
    this.#course = course;
    this.#length = course.reduce((sum, step) => sum + step.seconds, 0);
  }

  /** The span that holds at `time` seconds; a span includes its start and not its end. */
  at(time: number): RhythmSpan {
    const round = Math.floor(time / this.#length);
    let start = round * this.#length;
    for (const step of this.#course) {
      const end = start + step.seconds;
      if (time < end) return { ...step, start, end };
      start = end;
    }
    // Rounding may leave `time` at the very end of its round.
    const first = this.#course[0]!;
    return { ...first, start, end: start + first.seconds };
  }
}

/** How long a step lasts in a course that only names its rhythms; long enough for every alarm to come and be seen. */
const NAMED_STEP_SECONDS: Readonly<Record<SimulatedRhythm, number>> = {
  sinus: 60, bradycardia: 30, af: 60, 'pvc-runs': 60, vt: 20, vf: 20, asystole: 15, 'lead-off': 15,
};

export const stepOf = (rhythm: SimulatedRhythm): CourseStep => ({ rhythm, seconds: NAMED_STEP_SECONDS[rhythm] });

/**
 * Reads `sinus,pvc,vt:12,af`: rhythms in order, each with its seconds or the default.
 * @throws RangeError naming the rhythm that is none
 */
export function parseCourse(text: string): Course {
  return text.split(',').map((part) => {
    const [name = '', seconds] = part.trim().split(':');
    const rhythm = SIMULATED_RHYTHMS.find((known) => known === (name === 'pvc' ? 'pvc-runs' : name));
    if (!rhythm) throw new RangeError(`a course names ${SIMULATED_RHYTHMS.join(', ')}, received ${name || 'nothing'}`);
    return seconds === undefined ? stepOf(rhythm) : { rhythm, seconds: Number(seconds) };
  });
}

/** The same course begun `steps` steps later. */
export const rotateCourse = (course: Course, steps: number): Course => {
  const first = steps % course.length;
  return [...course.slice(first), ...course.slice(0, first)];
};

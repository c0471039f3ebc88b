import { describe, expect, it } from 'vitest';
import { parseCourse, rotateCourse, SIMULATED_RHYTHMS, stepOf, Timeline } from '../../../../ecg/simulator/course.ts';
import { defaultSimulatedWard } from '../../../../stream/feed/simulated-bed.ts';

describe('a course', () => {
  it('is read from names, with or without seconds', () => {
    expect(parseCourse('sinus, pvc,vt:12')).toEqual([stepOf('sinus'), stepOf('pvc-runs'), { rhythm: 'vt', seconds: 12 }]);
    expect(() => parseCourse('sinus,flutter')).toThrow(/received flutter/);
  });

  it('repeats for ever, a span including its start and not its end', () => {
    const timeline = new Timeline([{ rhythm: 'sinus', seconds: 3 }, { rhythm: 'vf', seconds: 2 }]);
    expect(timeline.at(2.999)).toMatchObject({ rhythm: 'sinus', start: 0, end: 3 });
    expect(timeline.at(3)).toMatchObject({ rhythm: 'vf', start: 3, end: 5 });
    expect(timeline.at(5003)).toMatchObject({ rhythm: 'vf', start: 5003, end: 5005 });
  });

  it('can begin later in its round', () => {
    expect(rotateCourse(parseCourse('sinus,vt,vf'), 4).map(({ rhythm }) => rhythm)).toEqual(['vt', 'vf', 'sinus']);
  });
});

describe('the simulated ward', () => {
  it('has beds in different parts of a course through every rhythm', () => {
    const ward = defaultSimulatedWard(8);
    expect(ward.map(({ bed }) => bed)).toEqual(['bed-1', 'bed-2', 'bed-3', 'bed-4', 'bed-5', 'bed-6', 'bed-7', 'bed-8']);
    expect(new Set(ward.map(({ course }) => JSON.stringify(course))).size).toBe(8);
    expect(new Set(ward.map(({ seed }) => seed)).size).toBe(8);
    for (const { course } of ward) expect(new Set(course.map(({ rhythm }) => rhythm))).toEqual(new Set(SIMULATED_RHYTHMS));
  });
});

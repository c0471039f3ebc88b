import { describe, expect, it } from 'vitest';
import { alarmsToShow, seenUpToMs, soundingPriority } from '../../../dashboard/client/alarms.ts';
import type { AlarmView } from '../../../dashboard/wire.ts';

const text = { noData: 'NO DATA', noDataCause: 'none' };
const alarm = (condition: AlarmView['condition'], priority: AlarmView['priority'], state: AlarmView['state'], onsetMs: number): AlarmView =>
  ({ condition, text: condition, priority, state, onsetMs, detectedAtMs: onsetMs + 1, cause: '' });
const shown = (alarms: AlarmView[], live = true): string[] => alarmsToShow(alarms, live, 1000, text).map(({ condition }) => condition);

describe('alarmsToShow', () => {
  it('puts priority first, then the newest', () => {
    expect(shown([
      alarm('leadsOff', 'technical', 'active', 50),
      alarm('heartRateHigh', 'medium', 'active', 10),
      alarm('heartRateLow', 'medium', 'active', 20),
      alarm('asystole', 'high', 'active', 1),
    ])).toEqual(['asystole', 'heartRateLow', 'heartRateHigh', 'leadsOff']);
  });

  it('never lets an acknowledged alarm stand before one nobody has seen to', () => {
    expect(shown([alarm('asystole', 'high', 'acknowledged', 1), alarm('heartRateLow', 'medium', 'active', 2)])).toEqual(['heartRateLow', 'asystole']);
  });

  it('keeps a latched alarm among the unacknowledged, and leaves out cleared ones', () => {
    expect(shown([
      alarm('ventricularTachycardia', 'high', 'latched', 1),
      alarm('asystole', 'high', 'cleared', 3),
      alarm('heartRateLow', 'medium', 'active', 2),
    ])).toEqual(['ventricularTachycardia', 'heartRateLow']);
  });

  it('raises its own alarm where nothing live is seen and the server says nothing of it', () => {
    const [own] = alarmsToShow([], false, 1000, text);
    expect(own).toMatchObject({ condition: 'noData', priority: 'technical', state: 'active', own: true, onsetMs: 1000 });
  });

  it('leaves that alarm to the server once it has raised it', () => {
    const all = alarmsToShow([alarm('noData', 'technical', 'acknowledged', 5)], false, 1000, text);
    expect(all.map(({ own, state }) => ({ own, state }))).toEqual([{ own: false, state: 'acknowledged' }]);
  });
});

describe('seenUpToMs', () => {
  it('is when the server knew the newest alarm that is shown, the page\'s own left out', () => {
    expect(seenUpToMs(alarmsToShow([alarm('asystole', 'high', 'active', 70), alarm('heartRateLow', 'medium', 'active', 20)], false, 1000, text))).toBe(71);
    expect(seenUpToMs(alarmsToShow([], false, 1000, text))).toBe(0);
  });
});

describe('soundingPriority', () => {
  it('is the highest that nobody has acknowledged', () => {
    expect(soundingPriority([alarm('asystole', 'high', 'acknowledged', 1), alarm('leadsOff', 'technical', 'active', 1), alarm('heartRateLow', 'medium', 'latched', 1)])).toBe('medium');
  });

  it('is none where all are acknowledged', () => {
    expect(soundingPriority([alarm('asystole', 'high', 'acknowledged', 1)])).toBeNull();
  });
});

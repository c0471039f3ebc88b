import { describe, expect, it } from 'vitest';
import { burdenFigures, burdenTables, type Burden } from '../../bench/alarm-burden.ts';

const burden: Burden = {
  hours: 48, records: 3, counts: [
    { record: 'a', condition: 'pause', priority: 'medium', said: 6, begun: 4, again: 0 },
    { record: 'b', condition: 'pause', priority: 'medium', said: 0, begun: 0, again: 0 },
    { record: 'b', condition: 'asystole', priority: 'high', said: 3, begun: 1, again: 1 },
    { record: 'c', condition: 'asystole', priority: 'high', said: 8, begun: 2, again: 4 },
  ],
};

describe('the alarm burden', () => {
  it('is per bed and day, by priority and by condition', () => {
    expect(burdenFigures(burden)).toMatchObject({
      beforeDwell: { high: 5.5, medium: 3, low: 0 }, afterDwell: { high: 4, medium: 2, low: 0 }, again: { high: 2.5, medium: 0, low: 0 },
      byCondition: { asystole: { said: 5.5, begun: 1.5, again: 2.5, records: 2, mostIn: 'c', mostShare: 0.75 }, pause: { begun: 2, records: 1, mostIn: 'a', mostShare: 1 } },
    });
  });

  it('names the conditions by urgency and the records with most alarms', () => {
    const text = burdenTables(burden);
    expect(text.indexOf('`asystole`')).toBeLessThan(text.indexOf('`pause`'));
    expect(text).toContain('| `asystole` | high | 5.5 | 4.0 | 2.5 | 2 | c (75 %) |');
    expect(text).toContain('| c | 6 | 0 | 50 % |\n| a | 0 | 4 | 33 % |\n| b | 2 | 0 | 17 % |');
  });
});

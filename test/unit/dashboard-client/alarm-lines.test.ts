import { describe, expect, it } from 'vitest';
import { alarmLines } from '../../../dashboard/client/alarm-lines.ts';
import type { BedView } from '../../../dashboard/client/ward-store.ts';
import { rowOrder } from '../../../dashboard/client/view/trend-charts.ts';
import type { GroupOffView } from '../../../dashboard/wire.ts';
import { DEFAULT_LIMITS } from '../../../stream/alarm/limits.ts';

const labels = [
  { id: 'afib', name: 'Atrial fibrillation', alarm: { priority: 'medium', threshold: 2.3 } },
  { id: 'flutter', name: 'Atrial flutter', alarm: { priority: 'low', threshold: 3 } },
  { id: 'infarction', name: 'Inferior myocardial infarction' },
] as const;
const view = (parts: { limits?: typeof DEFAULT_LIMITS; alarmsOff?: readonly GroupOffView[] }): BedView =>
  ({ snapshot: { ...(parts.limits && { limits: parts.limits }) }, numerics: { alarmsOff: parts.alarmsOff } }) as unknown as BedView;

describe('the alarm lines of a bed', () => {
  it('are its heart rate limits and the threshold of each label that raises an alarm, the bed\'s own before the label\'s', () => {
    const limits = { rhythm: { ...DEFAULT_LIMITS.rhythm, heartRateLowBpm: 45, heartRateHighBpm: 131 }, thresholds: { flutter: 4.5 } };
    const lines = alarmLines(view({ limits }), labels);
    expect(lines.get('heartRateBpm')!.map(({ value, priority }) => [value, priority])).toEqual([[45, 'medium'], [131, 'medium']]);
    expect(lines.get('afib')).toEqual([{ value: 2.3, priority: 'medium', off: false }]);
    expect(lines.get('flutter')).toEqual([{ value: 4.5, priority: 'low', off: false }]);
    expect(lines.has('infarction')).toBe(false);
  });

  it('say that their alarms are off, and that no limit is known', () => {
    const off = (group: GroupOffView['group']): GroupOffView => ({ group, by: 'a nurse', reason: 'x', sinceMs: 0 });
    const lines = alarmLines(view({ limits: DEFAULT_LIMITS, alarmsOff: [off('findings')] }), labels);
    expect([lines.get('heartRateBpm')![0]!.off, lines.get('afib')![0]!.off]).toEqual([false, true]);
    expect(alarmLines(view({ alarmsOff: [off('heartRate')] }), labels).get('heartRateBpm')).toEqual([]);
  });
});

describe('the rows of trends', () => {
  const findings = (peaks: Readonly<Record<string, number>>) => new Map(Object.entries(peaks).map(([label, peak]) => [label, { mean: [0], low: [0], high: [NaN, peak] }]));

  it('stand by their highest score, and where they stood before once they are drawn anew', () => {
    expect(rowOrder(findings({ a: 1, b: 3, c: 2 }), [])).toEqual(['b', 'c', 'a']);
    expect(rowOrder(findings({ a: 9, b: 3, d: 1, e: 5 }), ['b', 'c', 'a'])).toEqual(['b', 'a', 'e', 'd']);
  });
});

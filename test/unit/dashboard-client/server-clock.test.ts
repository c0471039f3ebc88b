import { describe, expect, it } from 'vitest';
import { ServerClock } from '../../../dashboard/client/server-clock.ts';
import { epochMs } from '../../../ecg/units.ts';

describe('ServerClock', () => {
  it('believes the message that travelled least', () => {
    const clock = new ServerClock();
    for (const [sent, delay] of [[1000, 80], [2000, 5], [3000, 300]] as const) clock.hear(sent + 50_000, epochMs(sent + delay));
    expect(clock.at(epochMs(4000))).toBe(54_000 - 5);
  });

  it('follows a server clock that was set, forwards or back', () => {
    const clock = new ServerClock();
    clock.hear(50_000, epochMs(1000));
    clock.hear(11_000, epochMs(2000));
    expect(clock.at(epochMs(2000))).toBe(11_000);
    clock.hear(92_000, epochMs(3000));
    expect(clock.at(epochMs(3000))).toBe(92_000);
  });

  it('knows nothing before the first message', () => {
    expect(new ServerClock().at(epochMs(1))).toBeUndefined();
  });
});

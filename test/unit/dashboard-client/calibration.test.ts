import { describe, expect, it } from 'vitest';
import { DEFAULT_PX_PER_MM, pxPerMmOfCard, readCalibration, writeCalibration } from '../../../dashboard/client/calibration.ts';
import { DEFAULT_SETTINGS, readSettings, writeSettings } from '../../../dashboard/client/settings.ts';

function memory(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  const held = new Map<string, string>();
  return {
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => void held.set(key, value),
    removeItem: (key) => void held.delete(key),
  };
}

describe('calibration', () => {
  it('is 96 px an inch until a card was measured, and remembers the card', () => {
    const storage = memory();
    expect(readCalibration(storage)).toEqual({ pxPerMm: DEFAULT_PX_PER_MM, calibrated: false });
    writeCalibration(storage, pxPerMmOfCard(428));
    expect(readCalibration(storage)).toEqual({ pxPerMm: 5, calibrated: true });
    writeCalibration(storage, null);
    expect(readCalibration(storage).calibrated).toBe(false);
  });

  it.each(['0', '-4', '900', 'wide', ''])('does not believe a stored %j', (stored) => {
    expect(readCalibration({ getItem: () => stored })).toEqual({ pxPerMm: DEFAULT_PX_PER_MM, calibrated: false });
  });
});

describe('settings', () => {
  it('come back as stored', () => {
    const storage = memory();
    const chosen = { sweepSpeed: 50, displayGain: 5, theme: 'light', bedLayout: 'paper', language: 'de', trendHours: 72 } as const;
    writeSettings(storage, chosen);
    expect(readSettings(storage)).toEqual(chosen);
  });

  it.each(['{', 'null', '{"sweepSpeed": 0, "theme": "pink"}', '[]'])('are the defaults where %s is stored', (stored) => {
    expect(readSettings({ getItem: () => stored })).toEqual(DEFAULT_SETTINGS);
  });
});

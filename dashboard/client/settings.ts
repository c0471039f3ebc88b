import { LANGUAGES, type Language } from './text/texts.ts';
import { TREND_HOURS, type TrendHours } from './trend-range.ts';

/** What a person chose for this browser. Nothing here is about a patient. */
export const SWEEP_SPEEDS = [12.5, 25, 50] as const;
export const DISPLAY_GAINS = [5, 10, 20] as const;
export type Theme = 'system' | 'dark' | 'light';
export const THEMES = ['system', 'dark', 'light'] as const satisfies readonly Theme[];
export type BedLayout = 'columns' | 'stacked' | 'paper';

export interface Settings {
  /** mm/s */
  readonly sweepSpeed: number;
  /** mm/mV */
  readonly displayGain: number;
  readonly theme: Theme;
  readonly bedLayout: BedLayout;
  readonly language: 'browser' | Language;
  readonly trendHours: TrendHours;
}

export const DEFAULT_SETTINGS: Settings = { sweepSpeed: 25, displayGain: 10, theme: 'system', bedLayout: 'columns', language: 'browser', trendHours: 2 };
const KEY = 'leadwatch.settings';
const LAYOUTS: readonly string[] = ['columns', 'stacked', 'paper'] satisfies readonly BedLayout[];

/** The stored settings; whatever of them is missing or unknown is the default. */
export function readSettings(storage: Pick<Storage, 'getItem'>): Settings {
  let stored: Partial<Record<keyof Settings, unknown>> = {};
  try {
    stored = (JSON.parse(storage.getItem(KEY) ?? '{}') as typeof stored | null) ?? {};
  } catch {
    // Unreadable settings are as good as none.
  }
  const one = <T>(value: unknown, allowed: readonly unknown[], fallback: T): T => (allowed.includes(value) ? (value as T) : fallback);
  return {
    sweepSpeed: one(stored.sweepSpeed, SWEEP_SPEEDS, DEFAULT_SETTINGS.sweepSpeed),
    displayGain: one(stored.displayGain, DISPLAY_GAINS, DEFAULT_SETTINGS.displayGain),
    theme: one(stored.theme, THEMES, DEFAULT_SETTINGS.theme),
    bedLayout: one(stored.bedLayout, LAYOUTS, DEFAULT_SETTINGS.bedLayout),
    language: one(stored.language, ['browser', ...LANGUAGES], DEFAULT_SETTINGS.language),
    trendHours: one(stored.trendHours, TREND_HOURS, DEFAULT_SETTINGS.trendHours),
  };
}

export function writeSettings(storage: Pick<Storage, 'setItem'>, settings: Settings): void {
  storage.setItem(KEY, JSON.stringify(settings));
}

/** @param light whether the system asks for a light theme */
export function applyTheme(theme: Theme, light: boolean): void {
  document.documentElement.dataset['theme'] = theme === 'system' ? (light ? 'light' : 'dark') : theme;
}

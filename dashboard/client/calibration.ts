/** How many CSS pixels a millimetre is on this screen. Without calibration, CSS's own inch: 96 px. */
export const DEFAULT_PX_PER_MM = 96 / 25.4;
/** Width of a credit card, ISO/IEC 7810 ID-1. */
export const CARD_WIDTH_MM = 85.6;
/** No screen is coarser or finer: 40 to 400 px an inch. A stored value beyond is a mistake. */
const PLAUSIBLE = [40 / 25.4, 400 / 25.4] as const;
const KEY = 'leadwatch.pxPerMm';

export interface Calibration {
  readonly pxPerMm: number;
  readonly calibrated: boolean;
}

export const pxPerMmOfCard = (cardWidthPx: number): number => cardWidthPx / CARD_WIDTH_MM;

export function readCalibration(storage: Pick<Storage, 'getItem'>): Calibration {
  const stored = Number(storage.getItem(KEY) ?? NaN);
  return stored >= PLAUSIBLE[0] && stored <= PLAUSIBLE[1]
    ? { pxPerMm: stored, calibrated: true }
    : { pxPerMm: DEFAULT_PX_PER_MM, calibrated: false };
}

/** Remembers the calibration; null forgets it. */
export function writeCalibration(storage: Pick<Storage, 'setItem' | 'removeItem'>, pxPerMm: number | null): void {
  if (pxPerMm === null) storage.removeItem(KEY);
  else storage.setItem(KEY, String(pxPerMm));
}

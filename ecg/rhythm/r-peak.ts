/** Where and how far a lead deflects at a beat that the envelope has shown; the envelope peaks after the R peak. */
import type { Hz } from '../units.ts';
import type { LeadTrack } from './lead-track.ts';

/** Where to look for the R peak, seconds before the envelope's peak. */
const FROM_S = 0.14;
const TO_S = 0.01;
/** Delay of the monitor band at the frequencies of a QRS, seconds. */
const MONITOR_BAND_DELAY_S = 0.007;
/** The whole QRS, seconds before the envelope's peak. */
const QRS_S = 0.2;

/** Index of the R peak: the largest deflection from the baseline within the QRS. */
export function rPeakBefore(lead: LeadTrack, envelopePeak: number, fs: Hz): number {
  const signal = lead.morphology;
  const from = Math.max(signal.start, envelopePeak - Math.round(FROM_S * fs));
  const to = envelopePeak - Math.round(TO_S * fs);
  let best = from;
  for (let i = from; i <= to; i++) if (Math.abs(signal.at(i)) > Math.abs(signal.at(best))) best = i;
  return best - Math.round(MONITOR_BAND_DELAY_S * fs);
}

/** Highest less lowest sample about the QRS, microvolts. */
export function deflectionBefore(lead: LeadTrack, envelopePeak: number, fs: Hz): number {
  let low = Infinity;
  let high = -Infinity;
  for (let i = envelopePeak - Math.round(QRS_S * fs); i <= envelopePeak; i++) {
    low = Math.min(low, lead.morphology.at(i));
    high = Math.max(high, lead.morphology.at(i));
  }
  return high - low;
}

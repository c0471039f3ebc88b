/** Numbers as people read them at a glance. */

/** `0.2 s`, `14 s`, `3 min`, `2 h`. */
export function ageText(ageMs: number): string {
  const s = Math.max(0, ageMs) / 1000;
  if (s < 9.95) return `${s.toFixed(1)} s`;
  if (s < 120) return `${Math.round(s)} s`;
  return s < 7200 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3600)} h`;
}

/** `1:43`: time left, or time gone. */
export function minutesText(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(s / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`;
  return `${minutes}:${String(s % 60).padStart(2, '0')}`;
}

/** `+12 ms`, `−3.4 s`. */
export function offsetText(ms: number): string {
  const sign = ms < 0 ? '−' : '+';
  const size = Math.abs(ms);
  if (size < 1000) return `${sign}${Math.round(size)} ms`;
  if (size < 120_000) return `${sign}${(size / 1000).toFixed(1)} s`;
  return `${sign}${ageText(size)}`;
}

/** Wall time of the server, in this browser's time zone: `14:03:07`. */
export function timeText(epochMs: number): string {
  return new Date(epochMs).toLocaleTimeString('en-GB');
}

/** `bed-1` -> `Bed 1`: a slug as a name. */
export function bedName(slug: string): string {
  const words = slug.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `3.4`, `−0.8`; never a minus before nothing. */
export const scoreText = (score: number): string => (Math.abs(score) < 0.05 ? 0 : score).toFixed(1).replace('-', '−');

/** `0.53`, `−0.12`; of a cosine. */
export const similarityText = (similarity: number): string => (Math.abs(similarity) < 0.005 ? 0 : similarity).toFixed(2).replace('-', '−');

/** Of a probability, never more certain than a fit can be. */
export const percentText = (probability: number): string => (probability < 0.01 ? '<1 %' : probability > 0.99 ? '>99 %' : `${Math.round(100 * probability)} %`);

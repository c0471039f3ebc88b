/**
 * What of a report was said about the ECG: PTB-XL's reports carry the curators' later edits (which name the labels) and a
 * device's remark that nobody has confirmed the reading. Both go before anything is embedded.
 */
import type { Glossary } from '../../models/glossary.ts';

/** "normal ecg" is the shortest report that says anything; shorter ones are remains of a cut line. */
const SHORTEST_REPORT = 5;

/** @returns the report without edits and remarks, or undefined where nothing is left */
export function cleanReport(report: string): string | undefined {
  const text = report
    .replace(/\bedit:.*$/is, '') // "Edit: NORM 80, (NORM 100, IVCB)": labels, not a reading
    .replace(/\b4\.46\b.*$/s, '') // "4.46   unbestätigter bericht": program version and "unconfirmed report", often cut short
    .replace(/\bunbest(ä|ae|a)tigt\w*( ber\w*)?/gi, '') // "alter unbest." (age undetermined) stays
    .replace(/\btrace only requested\b\.?/gi, '')
    .replace(/\s+/g, ' ')
    .trim();
  return text.replace(/[^a-zäöüß]/gi, '').length < SHORTEST_REPORT ? undefined : text;
}

/** Cleaned reports as distinct English texts, and which of them each report is. */
export interface UniqueTexts {
  readonly texts: readonly string[];
  /** One per report: index into `texts`, or -1 where the report says nothing. */
  readonly textOf: Int32Array;
  readonly coverage: GlossaryCoverage;
}

/** How much of the reports the glossary put into English. */
export interface GlossaryCoverage {
  readonly words: number;
  readonly translated: number;
  /** Words neither translated nor English, with their frequency, most frequent first. */
  readonly unknown: readonly (readonly [string, number])[];
  /** Share of all words that are English afterwards: translated or known. */
  readonly english: number;
}

/**
 * @param reports as the database holds them
 * @param isEnglish tells whether a folded word that no entry covers is English
 */
export function uniqueTexts(reports: readonly string[], glossary: Glossary, isEnglish: (word: string) => boolean): UniqueTexts {
  const index = new Map<string, number>();
  const unknown = new Map<string, number>();
  let words = 0;
  let translated = 0;
  const textOf = Int32Array.from(reports, (report) => {
    const cleaned = cleanReport(report);
    if (cleaned === undefined) return -1;
    const result = glossary.translate(cleaned);
    words += result.words;
    translated += result.translated;
    for (const word of result.untranslated) if (!isEnglish(word)) unknown.set(word, (unknown.get(word) ?? 0) + 1);
    const known = index.get(result.text) ?? index.size;
    index.set(result.text, known);
    return known;
  });
  const sorted = [...unknown].sort(([, a], [, b]) => b - a);
  const unknownWords = sorted.reduce((sum, [, count]) => sum + count, 0);
  return { texts: [...index.keys()], textOf, coverage: { words, translated, unknown: sorted, english: 1 - unknownWords / words } };
}

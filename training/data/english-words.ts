/** Which words of the reports are English, found from the reports themselves: no dictionary is installed. */
import { foldSpelling } from '../../models/glossary.ts';
import { cleanReport } from './reports.ts';

const ENGLISH_MARK = /\b(sinus rhythm|the|is|are|of|with|atrial|suggests?|suggesting|this|may|normal ecg)\b/;
const FOREIGN_MARK = /\b(ekg|oder|auf|typ|eller|som|vid|och|mit|und)\b|rhythmus|sinusrytm|schenkel|typ\b|infarkt/;
/** A word in fewer English reports than this may be a slip. */
const SEEN = 3;

/** @returns a test for folded words; numbers, lead names and single letters count as English */
export function englishWords(reports: readonly string[]): (word: string) => boolean {
  const seen = new Map<string, number>();
  for (const report of reports) {
    const text = foldSpelling(cleanReport(report) ?? '');
    if (!ENGLISH_MARK.test(text) || FOREIGN_MARK.test(text)) continue;
    for (const word of new Set(text.match(/[a-z]+/g))) seen.set(word, (seen.get(word) ?? 0) + 1);
  }
  return (word) => /^([a-z]|\d+|v\d+|i+|av[rlf]|[qrst]+)$/.test(word) || (seen.get(word) ?? 0) >= SEEN;
}

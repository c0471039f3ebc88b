import { describe, expect, it } from 'vitest';
import { Glossary, loadGlossary } from '../../../models/glossary.ts';
import { cleanReport, uniqueTexts } from '../../../training/data/reports.ts';

describe('cleaning a report', () => {
  it('cuts a curator’s edit, which names the labels', () => {
    expect(cleanReport('sinus rhythm. normal ecg. Edit: NORM 80, (NORM 100, IVCB)')).toBe('sinus rhythm. normal ecg.');
  });

  it('cuts the device’s remark that nobody confirmed the reading, also where it is cut short', () => {
    expect(cleanReport('sinusrhythmus linkstyp 4.46                          unbestÄtigter bericht')).toBe('sinusrhythmus linkstyp');
    expect(cleanReport('sinusrhythmus linkstyp 4.46                          unbest')).toBe('sinusrhythmus linkstyp');
    expect(cleanReport('sinusrhythmus unbestÄtigter bericht')).toBe('sinusrhythmus');
  });

  it('keeps "alter unbest.", which says that the age of an infarct is undetermined', () => {
    expect(cleanReport('inferiorer infarkt     alter unbest.')).toBe('inferiorer infarkt alter unbest.');
  });

  it('gives nothing for a report that says nothing', () => {
    for (const report of ['', 'trace only requested.', ' 4.46   unbestÄtigter bericht', 'ekg']) expect(cleanReport(report)).toBeUndefined();
  });
});

describe('distinct texts', () => {
  it('gives reports that say the same in two languages the same text', () => {
    const { texts, textOf } = uniqueTexts(['sinusrhythmus. normales ekg', 'sinus rhythm. normal ecg', 'trace only requested.', 'vorhofflimmern'], loadGlossary(), () => true);
    expect(texts).toEqual(['sinus rhythm. normal ecg', 'atrial fibrillation']);
    expect([...textOf]).toEqual([0, 0, -1, 1]);
  });

  it('counts the words that neither the glossary nor English covers', () => {
    const { coverage } = uniqueTexts(['vorhofflimmern xyz xyz', 'atrial xyz'], new Glossary([['vorhofflimmern', 'atrial fibrillation']]), (word) => word === 'atrial');
    expect(coverage.unknown).toEqual([['xyz', 3]]);
    expect(coverage).toMatchObject({ words: 5, translated: 1, english: 2 / 5 });
  });
});

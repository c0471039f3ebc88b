import { describe, expect, it } from 'vitest';
import { foldSpelling, Glossary, loadGlossary } from '../../../models/glossary.ts';

describe('the glossary', () => {
  it('prefers the longest entry that fits', () => {
    const glossary = new Glossary([['block', 'block'], ['rechtsschenkelblock', 'right bundle branch block'], ['unvollständiger rechtsschenkelblock', 'incomplete right bundle branch block']]);
    expect(glossary.translate('unvollstÄndiger rechtsschenkelblock').text).toBe('incomplete right bundle branch block');
  });

  it('reads umlauts, capital umlauts, digraphs and plain letters alike', () => {
    const glossary = loadGlossary();
    for (const spelling of ['überdrehter linkstyp', 'Überdrehter Linkstyp', 'ueberdrehter linkstyp', 'uberdrehter linkstyp']) {
      expect(glossary.translate(spelling).text).toBe('left axis deviation');
    }
  });

  it('takes a hyphen for a blank between words and keeps it between lead numbers', () => {
    expect(foldSpelling('AV-Block in V4-6')).toBe('av block in v4-6');
  });

  it('puts whole German and Swedish reports into English', () => {
    const glossary = loadGlossary();
    expect(glossary.translate('sinusrhythmus a-v block i ueberdrehter linkstyp qrs(t) abnorm    inferiorer infarkt     wahrscheinlich alt').text)
      .toBe('sinus rhythm first degree av block left axis deviation abnormal qrs inferior infarct, probably old');
    expect(glossary.translate('sinusrytm vÄnster el-axel anterolateral myokardskada bÖr ÖvervÄgas').text)
      .toBe('sinus rhythm left axis deviation anterolateral myocardial damage should be considered');
  });

  it('does not join words across a comma', () => {
    expect(new Glossary([['a b', 'joined']]).translate('a, b').text).toBe('a, b');
  });

  it('tells what it could not translate', () => {
    const { words, translated, untranslated } = loadGlossary().translate('vorhofflimmern quux');
    expect({ words, translated, untranslated }).toEqual({ words: 2, translated: 1, untranslated: ['quux'] });
  });

  it('refuses an entry without words', () => {
    expect(() => new Glossary([['---', 'nothing']])).toThrow(RangeError);
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { POLICIES } from '../../../stream/alarm/policy.ts';
import { en } from '../../../dashboard/client/text/en.ts';
import { alarmText, LANGUAGES, refusalText, spokenLanguage, texts, useLanguage } from '../../../dashboard/client/text/texts.ts';

afterEach(() => useLanguage('en'));

describe('the words of the page', () => {
  it('follow the first of the browser\'s languages that the page speaks', () => {
    expect(spokenLanguage(['fr-FR', 'de-AT', 'en'])).toBe('de');
    expect(spokenLanguage(['zh-Hans-CN'])).toBe('zh');
    expect(spokenLanguage(['fr'])).toBe('en');
    expect(spokenLanguage([])).toBe('en');
  });

  it('name an alarm by its condition, and a finding as the server does', () => {
    useLanguage('de');
    expect(alarmText({ condition: 'asystole', text: 'ASYSTOLE' })).toBe('ASYSTOLIE');
    expect(alarmText({ condition: 'finding:af', text: 'Atrial fibrillation' })).toBe('Atrial fibrillation');
  });

  it('are, in English, the words the server uses for the same alarms', () => {
    expect(Object.fromEntries(Object.entries(POLICIES).map(([condition, { text }]) => [condition, text]))).toEqual(en.condition);
  });

  it('say why something was refused where the page knows the code, else what the server said', () => {
    expect(refusalText({ code: 'NO_REPLY', message: 'x' })).toBe('no answer from the server');
    expect(refusalText({ code: 'LIMITS_INVALID', message: 'heartRateHighBpm is out of range' })).toBe('heartRateHighBpm is out of range');
  });

  it('differ from language to language', () => {
    const names = LANGUAGES.map((language) => {
      useLanguage(language);
      return texts.findings;
    });
    expect(new Set(names).size).toBe(LANGUAGES.length);
  });
});

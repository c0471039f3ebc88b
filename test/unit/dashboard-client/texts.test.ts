import { afterEach, describe, expect, it } from 'vitest';
import type { RhythmCondition } from '../../../ecg/alarm.ts';
import { labelSetNames, loadLabelSet } from '../../../models/label-set.ts';
import { POLICIES } from '../../../stream/alarm/policy.ts';
import { en } from '../../../dashboard/client/text/en.ts';
import { alarmText, briefAlarmText, findingText, LANGUAGES, refusalText, spokenLanguage, texts, useLanguage } from '../../../dashboard/client/text/texts.ts';

afterEach(() => useLanguage('en'));

describe('the words of the page', () => {
  it('follow the first of the browser\'s languages that the page speaks', () => {
    expect(spokenLanguage(['fr-FR', 'de-AT', 'en'])).toBe('de');
    expect(spokenLanguage(['zh-Hans-CN'])).toBe('zh');
    expect(spokenLanguage(['fr'])).toBe('en');
    expect(spokenLanguage([])).toBe('en');
  });

  it('name an alarm by its condition, and a finding by its label, which keeps its own name where a person typed it', () => {
    useLanguage('de');
    expect(alarmText({ condition: 'asystole', text: 'ASYSTOLE' })).toBe('ASYSTOLIE');
    expect(alarmText({ condition: 'finding:atrial-fibrillation', text: 'Atrial fibrillation' })).toBe('Vorhofflimmern');
    expect(alarmText({ condition: 'finding:brugada', text: 'Brugada pattern' })).toBe('Brugada pattern');
  });

  it('name every label of the shipped sets in every language, no two of them alike', () => {
    const names = [...new Set(labelSetNames().flatMap((set) => loadLabelSet(set).labels.map(({ name }) => name)))];
    expect(names.length).toBeGreaterThan(60);
    for (const language of LANGUAGES.filter((each) => each !== 'en')) {
      useLanguage(language);
      expect(Object.keys(texts.finding).sort()).toEqual([...names].sort());
      expect(new Set(names.map(findingText)).size).toBe(names.length);
    }
  });

  it('tell lethal alarms from each other by their first letters where there is room for no more', () => {
    const lethal = Object.entries(POLICIES).flatMap(([condition, { text, priority }]) => (priority === 'high' ? [{ condition: condition as RhythmCondition, text }] : []));
    expect(lethal).toHaveLength(5);
    for (const language of LANGUAGES) {
      useLanguage(language);
      const brief = lethal.map(({ condition }) => briefAlarmText({ condition, text: texts.condition[condition] }));
      expect(new Set(brief.map((text) => text.slice(0, 4))).size, language).toBe(lethal.length);
      for (const text of brief) expect(text.length, text).toBeLessThanOrEqual(10);
    }
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

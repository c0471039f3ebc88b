import { de } from './de.ts';
import { en, type Texts } from './en.ts';
import { zh } from './zh.ts';
import type { AlarmView } from '../../wire.ts';

const BY_LANGUAGE = { en, de, zh } satisfies Record<string, Texts>;
export type Language = keyof typeof BY_LANGUAGE;
export const LANGUAGES = Object.keys(BY_LANGUAGE) as readonly Language[];

/** The words in the language in use. Views read them when they are made; another language makes the views anew. */
export let texts: Texts = en;

export function useLanguage(language: Language): void {
  texts = BY_LANGUAGE[language];
}

export const languageName = (language: Language): string => BY_LANGUAGE[language].languageName;

/** The first of a browser's languages (`de-AT`, `zh-Hans-CN`) that the page speaks, else English. */
export function spokenLanguage(wanted: readonly string[]): Language {
  const primary = wanted.map((tag) => tag.toLowerCase().split('-')[0]);
  return primary.map((tag) => LANGUAGES.find((language) => language === tag)).find((language) => language !== undefined) ?? 'en';
}

/** What a label is called. One that a person typed, or of a set the page does not know, keeps its own name. */
export const findingText = (name: string): string => texts.finding[name] ?? name;

/** What an alarm is called: by its condition, where the page has a word for it, else as the finding that the server names. */
export function alarmText({ condition, text }: Pick<AlarmView, 'condition' | 'text'>): string {
  return (texts.condition as Readonly<Record<string, string>>)[condition] ?? findingText(text);
}

/** The same where room is short: no two conditions begin alike. */
export const briefAlarmText = (alarm: Pick<AlarmView, 'condition' | 'text'>): string => texts.conditionBrief[alarm.condition] ?? alarm.text;

/** What an alarm of the history is called, which names its condition alone. @param nameOf what a label is called */
export function pastAlarmText(condition: string, nameOf: (label: string) => string): string {
  return alarmText({ condition: condition as AlarmView['condition'], text: nameOf(condition.replace(/^finding:/, '')) });
}

/** Why something was not done, in words: those of the page where it knows the code, else the server's. */
export function refusalText({ code, message }: { readonly code: string; readonly message: string }): string {
  return (texts.refusal as Readonly<Record<string, string>>)[code] ?? message;
}

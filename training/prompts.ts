/**
 * Sentences for PTB-XL's SCP-ECG statements, worded as reports (after the glossary) word them. They were written from the
 * statements' published descriptions and from reading training reports, and reworded where fold 9's codes showed that reports
 * say it otherwise. They stand in models/label-sets/, where serving reads them too.
 */
import { loadLabelSet, statementPrompts } from '../models/label-set.ts';

export const STATEMENT_PROMPTS = statementPrompts();

const ofSet = <T>(name: string, value: (label: ReturnType<typeof loadLabelSet>['labels'][number]) => T): Readonly<Record<string, T>> =>
  Object.fromEntries(loadLabelSet(name).labels.map((label) => [label.code ?? label.id, value(label)]));

/** Superclasses are made of many findings, so each has the typical ones spelled out. */
export const SUPERCLASS_PROMPTS = ofSet('ptb-xl-super', ({ prompts }) => prompts);

/** The statements of PTB-XL's 23 diagnostic subclasses. */
export const SUBCLASS_STATEMENTS = ofSet('ptb-xl-sub', ({ statements }) => statements);

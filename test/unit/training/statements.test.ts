import { describe, expect, it } from 'vitest';
import { mineStatements } from '../../../training/data/statements.ts';

const texts = ['sinus rhythm left axis inferior infarct', 'sinus rhythm. inferior infarct', 'atrial fibrillation, left axis', 'sinus rhythm of the left axis'];
const records = Int32Array.of(0, 0, 1, 1, 2, 2, 3);

describe('statements mined from reports', () => {
  const statements = mineStatements(texts, records, 3);

  it('are runs of words that enough records share, however they are punctuated', () => {
    expect(statements.texts).toEqual(expect.arrayContaining(['sinus rhythm', 'left axis', 'inferior infarct']));
    expect(statements.texts).not.toContain('atrial fibrillation'); // two records only
  });

  it('leave out what nearly always stands in a longer one, and what begins or ends with a function word', () => {
    expect(statements.texts).not.toContain('inferior');
    expect(statements.texts.some((text) => /^(of|the)\b|\b(of|the)$/.test(text))).toBe(false);
  });

  it('know which text makes them, and how often', () => {
    const of = (text: number): string[] => [...statements.ofText[text]!].map((index) => statements.texts[index]!);
    expect(of(1)).toEqual(expect.arrayContaining(['sinus rhythm', 'inferior infarct']));
    expect(of(2)).toContain('left axis');
    expect(of(2)).not.toContain('sinus rhythm');
    expect(statements.frequency[statements.texts.indexOf('sinus rhythm')]).toBeCloseTo(5 / 7, 6);
  });
});

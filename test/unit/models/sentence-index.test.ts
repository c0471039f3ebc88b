import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Glossary } from '../../../models/glossary.ts';
import { ownSentences, SentenceIndex, sentenceIndexPath } from '../../../models/sentence-index.ts';
import { toUnitLength, type TextHead } from '../../../models/text-head.ts';
import { reportSentences } from '../../../training/explain-index-command.ts';

const SHA = 'a'.repeat(64);
/** A space of letters: enough to tell which sentence is near to which. */
const letters = (text: string): Float32Array => toUnitLength(Float32Array.from({ length: 26 }, (_, i) => text.split(String.fromCharCode(97 + i)).length - 1));
const head: TextHead = { inputDimension: 26, dimension: 26, centre: (frozen) => frozen, project: (centred) => centred };
const index = (): SentenceIndex => new SentenceIndex(SHA, head, async (texts) => texts.map(letters));

const cache = mkdtempSync(join(tmpdir(), 'leadwatch-sentences-'));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

describe('the sentences of an explanation', () => {
  it('are the project\'s own where no index was built, and it says so', async () => {
    vi.stubEnv('LEADWATCH_CACHE', cache);
    const { source, sentences } = await index().nearest(letters('atrial flutter'), 3);
    expect(source).toBe('statements');
    expect(sentences[0]).toMatchObject({ text: 'atrial flutter', similarity: expect.closeTo(1, 5) });
    expect(sentences).toHaveLength(3);
    for (const { text } of sentences) expect(ownSentences()).toContain(text);
  });

  it('are those of the index that was built', async () => {
    vi.stubEnv('LEADWATCH_CACHE', cache);
    mkdirSync(dirname(sentenceIndexPath(SHA)), { recursive: true });
    writeFileSync(sentenceIndexPath(SHA), JSON.stringify(['left axis', 'flat t waves', 'pacemaker spikes']));
    expect(await index().nearest(letters('spikes of a pacemaker'), 1)).toEqual({ source: 'reports', sentences: [{ text: 'pacemaker spikes', similarity: expect.any(Number) }] });
  });
});

describe('the index of report sentences', () => {
  it('has each sentence of two or more reports once, in English, the most frequent first', () => {
    const glossary = new Glossary([['sinusrhythmus', 'sinus rhythm'], ['linkstyp', 'left axis']]);
    expect(reportSentences(['Sinusrhythmus. Linkstyp.', 'sinus rhythm. left axis. pacing seen in mr. x', 'sinus rhythm'], glossary)).toEqual(['sinus rhythm', 'left axis']);
  });
});

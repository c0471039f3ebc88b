import { describe, expect, it } from 'vitest';
import { parseAnnotations } from '../../../../ecg/formats/wfdb.ts';
import { annotationWord as word } from '../../../helpers/wfdb-bytes.ts';

const text = (value: string): number[] => [...new TextEncoder().encode(value), ...(value.length % 2 === 1 ? [0] : [])];
const END = [0, 0];
const read = (...parts: number[][]): ReturnType<typeof parseAnnotations> => parseAnnotations(Uint8Array.from(parts.flat()), 'x.atr');

describe('MIT annotations', () => {
  it('add up their times and carry their symbols', () => {
    expect(read(word(1, 18), word(5, 300), word(12, 0), END)).toEqual([
      { sample: 18, symbol: 'N', aux: '', subtype: 0 },
      { sample: 318, symbol: 'V', aux: '', subtype: 0 },
      { sample: 318, symbol: '/', aux: '', subtype: 0 },
    ]);
  });

  it('take their text and subtype from the words that follow them', () => {
    const [rhythm, noise] = read(word(28, 5), word(63, 5), text('(AFIB'), word(14, 10), word(61, 0x3ff), word(60, 2), word(62, 1), END);
    expect(rhythm).toEqual({ sample: 5, symbol: '+', aux: '(AFIB', subtype: 0 });
    expect(noise).toEqual({ sample: 15, symbol: '~', aux: '', subtype: -1 });
  });

  it('skip far ahead and back', () => {
    // High word first: 0x0001_0002 = 65,538, then -1.
    const marks = read(word(59, 0), [1, 0, 2, 0], word(32, 0), word(59, 0), [0xff, 0xff, 0xff, 0xff], word(33, 3), END);
    expect(marks.map(({ sample, symbol }) => [sample, symbol])).toEqual([[65538, '['], [65540, ']']]);
  });

  it('drop the zeros that close a text', () => {
    expect(read(word(28, 1), word(63, 4), [...text('(N'), 0, 0], END)[0]!.aux).toBe('(N');
  });

  it.each([
    ['without an end mark', [...word(1, 5)]],
    ['ending inside a skip', [...word(59, 0), 1, 0]],
    ['ending inside a text', [...word(28, 1), ...word(63, 6), 40]],
  ])('%s are refused', (_, bytes) => {
    expect(() => parseAnnotations(Uint8Array.from(bytes), 'x.atr')).toThrow(expect.objectContaining({ code: 'WFDB_ANNOTATION', from: 'x.atr', received: `${bytes.length}` }));
  });
});

import { describe, expect, it } from 'vitest';
import { classOfBeats, fairShares } from '../../../../training/evaluation/mit-bih-test.ts';

const beats = (text: string): string[] => text.split('');

describe('the class of a segment by its beats', () => {
  it('is normal where all beats are', () => expect(classOfBeats(beats('NNNNN'))).toBe('N'));
  it('is a bundle branch block where nine of ten beats are', () => {
    expect(classOfBeats(beats('LLLLLLLLLV'))).toBe('LBBB');
    expect(classOfBeats(beats('RRRRRRRRRA'))).toBe('RBBB');
    expect(classOfBeats(beats('LLLLLLLLVV'))).toBeUndefined();
  });
  it('is premature beats over normal ones, of one kind alone', () => {
    expect(classOfBeats(beats('NNNANN'))).toBe('APB');
    expect(classOfBeats(beats('NVNNVN'))).toBe('PVC');
    expect(classOfBeats(beats('NVNNAN'))).toBeUndefined();
    expect(classOfBeats(beats('NVNNFN'))).toBeUndefined();
  });
  it('is nothing where hardly any beat is annotated', () => expect(classOfBeats(beats('NN'))).toBeUndefined());
});

describe('fair shares', () => {
  it('takes all of those that have few, and divides the rest evenly', () => expect(fairShares([1, 0, 50, 60], 21)).toEqual([1, 0, 10, 10]));
  it('takes everything where there is not enough', () => expect(fairShares([2, 3], 100)).toEqual([2, 3]));
});

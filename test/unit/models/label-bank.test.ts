/** What a label bank may say of its scores, and what it may leave out. */
import { describe, expect, it } from 'vitest';
import { loadLabelBank, type LabelBankFile } from '../../../models/label-bank.ts';
import { loadManifest } from '../../../models/manifest.ts';
import { rankFindings } from '../../../models/zero-shot.ts';
import { bankEntries } from '../../../stream/labels/base-labels.ts';
import { Vocabulary } from '../../../stream/labels/vocabulary.ts';
import { writeTinyModel } from '../../helpers/tiny-model.ts';

const PROBABILITY = { slope: 2, offset: -1, statements: ['AFIB'], positives: 151, records: 2183 };

/** Labels 0 and 1 have a probability, 2 and 3 have none. */
const withProbabilities = (bank: LabelBankFile): LabelBankFile => ({
  ...bank,
  probabilitiesFittedOn: 'ECGs made up for a test',
  abstention: { probability: 0.6, chosenOn: 'nothing' },
  labels: bank.labels.map((label, i) => (i < 2 ? { ...label, probability: PROBABILITY } : label)),
});
const load = (bank: (made: LabelBankFile) => object): ReturnType<typeof loadLabelBank> => loadLabelBank(loadManifest(writeTinyModel({ labels: 4, bank })));

describe('a label bank with probabilities', () => {
  const bank = load(withProbabilities);

  it('gives a finding its probability beside its score, where one was fitted', () => {
    // cosineMean is 0.1 x index, cosineSd 0.2: label-0 scores 1, hence 1 / (1 + e^-1).
    const findings = rankFindings(Float32Array.of(0.2, 0.1, 0.2, 0.3), bank);
    expect(Object.fromEntries(findings.map(({ label, probability }) => [label, probability]))).toEqual({
      'label-0': expect.closeTo(0.7311, 4), 'label-1': expect.closeTo(0.2689, 4), 'label-2': undefined, 'label-3': undefined });
    expect(bank.probabilitiesFittedOn).toBe('ECGs made up for a test');
  });

  it('says where a segment is like none of its labels; a label without a probability has no say in it', () => {
    const vocabulary = new Vocabulary('tiny@00000000', bank.dimension, bankEntries(bank), bank);
    const abstains = (...cosines: number[]): boolean => vocabulary.abstains(rankFindings(Float32Array.from(cosines), bank));
    expect(abstains(0.2, 0.1, 0.2, 0.3)).toBe(false);
    expect(abstains(0.1, 0.1, 0.2, 0.3)).toBe(true);
    expect(abstains(0.1, 0.1, 0.9, 0.9)).toBe(true);
    expect(vocabulary.abstains([])).toBe(false);
  });

  it('is not taken without saying on what they were fitted, nor with a slope that turns the score around', () => {
    expect(() => load((made) => ({ ...withProbabilities(made), probabilitiesFittedOn: undefined }))).toThrow(
      expect.objectContaining({ code: 'MODEL_MISMATCH', message: expect.stringContaining('probabilitiesFittedOn') }));
    expect(() => load((made) => ({ ...withProbabilities(made), labels: made.labels.map((label) => ({ ...label, probability: { ...PROBABILITY, slope: -1 } })) }))).toThrow(
      expect.objectContaining({ code: 'MODEL_MISMATCH', message: expect.stringContaining('labels.0.probability.slope') }));
  });
});

it('a bank of before, without them, is loaded and scored as ever, and never abstains', () => {
  const bank = load((made) => made);
  const findings = rankFindings(Float32Array.of(-1, -1, -1, -1), bank);
  expect(findings.every((finding) => !('probability' in finding))).toBe(true);
  expect(new Vocabulary('tiny@00000000', bank.dimension, bankEntries(bank), bank).abstains(findings)).toBe(false);
});

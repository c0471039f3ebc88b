import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isEcgError } from '../../../ecg/errors.ts';
import { findTextEncoder, openTextEncoder, textEncoderDirectory } from '../../../models/text-encoder.ts';

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe('the text encoder', () => {
  it('gives unit vectors that do not depend on the other texts of the call', async () => {
    const encoder = await openTextEncoder();
    const [long, short] = ['atrial fibrillation with rapid ventricular response. left bundle branch block.', 'sinus rhythm'];
    const together = await encoder.embed([long!, short!]);
    const alone = await encoder.embed([short!]);
    expect(alone).toEqual(together.slice(encoder.dimension));
    expect(Math.hypot(...alone)).toBeCloseTo(1, 5);
    await encoder.close();
  });

  it('puts sentences that mean the same closer than others', async () => {
    const encoder = await openTextEncoder();
    const embedded = await encoder.embed(['atrial fibrillation', 'the rhythm is atrial fibrillation', 'inferior infarct']);
    const row = (i: number): Float32Array => embedded.subarray(i * encoder.dimension, (i + 1) * encoder.dimension);
    expect(dot(row(0), row(1))).toBeGreaterThan(dot(row(0), row(2)) + 0.1);
    await encoder.close();
  });

  it('cuts a text that is longer than its positions', async () => {
    const encoder = await openTextEncoder();
    const embedding = await encoder.embed(['st depression in v4 '.repeat(300)]);
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
    await encoder.close();
  });

  it('says how to get one where none is installed', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'leadwatch-no-encoder-'));
    writeFileSync(join(directory, 'model.onnx'), ''); // half an installation is none
    expect(findTextEncoder(directory)).toBeUndefined();
    await expect(openTextEncoder(directory)).rejects.toSatisfy((error) =>
      isEcgError(error) && error.code === 'TEXT_ENCODER_MISSING' && error.message.includes('npm run text-encoder:fetch'));
    rmSync(directory, { recursive: true });
  });

  it('is looked for where LEADWATCH_TEXT_ENCODER says', () => {
    expect(textEncoderDirectory({ LEADWATCH_TEXT_ENCODER: '/some/where' })).toBe('/some/where');
  });
});

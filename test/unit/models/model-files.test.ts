/** Models that cannot be served: each is refused with one clear error before the server says it is ready. */
import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { loadLabelBank } from '../../../models/label-bank.ts';
import { loadManifest } from '../../../models/manifest.ts';
import { createOnnxEncoder } from '../../../models/onnx-encoder.ts';
import { writeTinyModel, type TinyModelOptions } from '../../helpers/tiny-model.ts';

// Starting an encoder process takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const open = (options: TinyModelOptions) => createOnnxEncoder(loadManifest(writeTinyModel(options)), { provider: 'cpu', batchSizes: [1] });

describe('a model that cannot be served', () => {
  it('without a manifest is refused', () => {
    const path = writeTinyModel();
    rmSync(path);
    expect(() => loadManifest(path)).toThrow(expect.objectContaining({ code: 'MODEL_MANIFEST' }));
  });

  it.each([['no JSON', '{'], ['another shape', '{"manifestVersion": 1}'], ['another version', '{"manifestVersion": 2}']])('with a manifest of %s is refused', (_, text) => {
    const path = writeTinyModel();
    writeFileSync(path, text);
    expect(() => loadManifest(path)).toThrow(expect.objectContaining({ code: 'MODEL_MANIFEST' }));
  });

  it.each(['encoder.onnx', 'label-bank.json'])('with %s missing or changed is refused', (file) => {
    const path = writeTinyModel();
    const target = path.replace('manifest.json', file);
    writeFileSync(target, 'another file');
    expect(() => loadManifest(path)).toThrow(expect.objectContaining({ code: 'MODEL_CHECKSUM', message: expect.stringContaining(file) }));
    rmSync(target);
    expect(() => loadManifest(path)).toThrow(expect.objectContaining({ code: 'MODEL_CHECKSUM', message: expect.stringContaining(file) }));
  });

  it('whose labels have another dimension than its manifest says is refused', () => {
    const model = loadManifest(writeTinyModel({ manifest: { embeddingDimension: 32 } }));
    expect(() => loadLabelBank(model)).toThrow(expect.objectContaining({ code: 'MODEL_MISMATCH', message: expect.stringContaining('expected 32, received 16') }));
  });

  it('whose graph is no graph is refused with the runtime\'s reason', async () => {
    await expect(open({ encoderBytes: Buffer.from('no graph at all') })).rejects.toMatchObject({
      code: 'ENCODER_UNAVAILABLE', message: expect.stringMatching(/no execution provider could load tiny@.*protobuf/is) });
  });

  it.each<[string, TinyModelOptions, RegExp]>([
    ['gives embeddings of another dimension', { manifest: { embeddingDimension: 32 } }, /output embedding .*expected \[n, 32\], received \[n, 16\]/],
    ['has no input of the name', { manifest: { inputs: { ecg: 'signal', presence: 'presence' } } }, /input signal .*received ecg, presence/],
    ['has no output of the name', { manifest: { output: 'vector' } }, /output vector .*received embedding/],
    ['wants segments of another length', { manifest: { length: 500 } }, /input ecg .*expected \[n, 12, 500\], received \[n, 12, 1000\]/],
    ['wants other leads', { manifest: { leads: ['II', 'V1'] } }, /input ecg .*expected \[n, 2, 1000\]/],
  ])('whose graph %s is refused', async (_, options, message) => {
    await expect(open(options)).rejects.toMatchObject({ code: 'MODEL_MISMATCH', message: expect.stringMatching(message) });
  });
});

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../ecg/clock.ts';
import { TextService } from '../../../models/text-service.ts';
import { writeTinyModel } from '../../helpers/tiny-model.ts';

// A process of its own is started, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

const manifestPath = new URL('../../../models/shipped/manifest.json', import.meta.url).pathname;
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe('sentences typed while the server runs', () => {
  it('are embedded in the space of the ECGs, in English and through the glossary', async () => {
    const text = new TextService({ manifestPath, hasTextHead: true, clock: systemClock });
    expect(text.available).toBe(true);
    const [english, german, other] = await text.embed(['atrial fibrillation', 'Vorhofflimmern', 'inferior infarct']);
    expect(Math.hypot(...english!)).toBeCloseTo(1, 5);
    expect(dot(english!, german!)).toBeGreaterThan(0.99);
    expect(dot(english!, other!)).toBeLessThan(0.9);
    const { sentences } = await text.nearest(english!, 3);
    expect(sentences).toHaveLength(3);
    text.close();
    await expect(text.embed(['x'])).rejects.toMatchObject({ code: 'TEXT_ENCODER_MISSING' });
  });

  it('are refused where no text encoder is installed, with how to get one', async () => {
    const text = new TextService({ manifestPath, hasTextHead: true, clock: systemClock, directory: join(tmpdir(), 'leadwatch-no-such-directory') });
    expect(text.available).toBe(false);
    await expect(text.embed(['x'])).rejects.toMatchObject({ code: 'TEXT_ENCODER_MISSING', message: expect.stringContaining('npm run text-encoder:fetch') });
  });

  it('are refused by a model without a text head', async () => {
    const text = new TextService({ manifestPath: writeTinyModel(), hasTextHead: false, clock: systemClock });
    await expect(text.embed(['x'])).rejects.toMatchObject({ code: 'TEXT_ENCODER_MISSING', message: expect.stringContaining('text head') });
  });
});

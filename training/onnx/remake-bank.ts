/** Makes the label bank of an exported model anew, in its place: labels or their phrases changed, encoder and text head did not. */
import { join } from 'node:path';
import { loadManifest, type LoadedManifest } from '../../models/manifest.ts';
import { requireTextEncoder } from '../fit.ts';
import type { Prepared } from '../prepare.ts';
import { replaceFile } from '../replace-file.ts';
import { makeLabelBank, type MadeBank } from './label-bank-export.ts';
import { openOnnxModel } from './onnx-model.ts';
import { sha256Of } from './write-model.ts';

/** @throws EcgError MODEL_CHECKSUM; MODEL_MISMATCH where the model takes other input or another text encoder than is prepared */
export async function remakeLabelBank(loaded: LoadedManifest, prepared: Prepared, makeBank: typeof makeLabelBank = makeLabelBank): Promise<{ readonly loaded: LoadedManifest; readonly made: MadeBank }> {
  const { manifest, directory, path } = loaded;
  requireTextEncoder(manifest.textEncoder, prepared.textEncoder, directory);
  const model = await openOnnxModel(loaded);
  const made = await makeBank(model, manifest.encoder.sha256, prepared).finally(() => model.close());
  const bank = `${JSON.stringify(made.bank, undefined, 1)}\n`;
  replaceFile(join(directory, manifest.labelBank.path), bank);
  replaceFile(path, `${JSON.stringify({ ...manifest, labelBank: { ...manifest.labelBank, sha256: sha256Of(bank) } }, undefined, 2)}\n`);
  return { loaded: loadManifest(path), made };
}

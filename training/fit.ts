/** Whether a model or run fits what is prepared here: where it does not, figures come out all the same, and mean nothing. */
import { EcgError } from '../ecg/errors.ts';
import { inputDifference, specOf, type LoadedManifest, type Manifest } from '../models/manifest.ts';
import { INPUT_SPEC } from './data/input-spec.ts';
import type { Prepared } from './prepare.ts';
import type { RunDirectory } from './run-directory.ts';

type TextEncoderName = Pick<Manifest['textEncoder'], 'name' | 'sha256' | 'pooling' | 'template'>;

/**
 * Two text encoders may give embeddings of the same length, of which a text head can use those of one alone.
 * @param learnt what the model or run learnt with @param installed what embeds the texts now @param from its directory
 * @throws EcgError MODEL_MISMATCH
 */
export function requireTextEncoder(learnt: TextEncoderName, installed: TextEncoderName, from: string): void {
  const nameOf = ({ name, sha256, pooling, template }: TextEncoderName): string => `${name}@${sha256.slice(0, 8)}, pooling ${pooling}, texts as "${template}"`;
  if (learnt.sha256 === installed.sha256 && learnt.pooling === installed.pooling && learnt.template === installed.template) return;
  throw new EcgError('MODEL_MISMATCH', 'it learnt with another text encoder than the one in use; LEADWATCH_TEXT_ENCODER names the directory of one', {
    expected: nameOf(learnt), received: nameOf(installed), from });
}

/** Of a run whose config.json says what it learnt with. @throws EcgError MODEL_MISMATCH */
export function requireTextEncoderOf({ path, facts: { textEncoder } }: RunDirectory, prepared: Pick<Prepared, 'textEncoder'>): void {
  if (textEncoder) requireTextEncoder(textEncoder, prepared.textEncoder, path);
}

/** Records are prepared in one way. @param model that shall be shown them @throws EcgError MODEL_MISMATCH naming the first difference */
export function requirePreparedInput({ manifest, directory }: LoadedManifest): void {
  const difference = inputDifference(specOf(manifest), INPUT_SPEC);
  if (!difference) return;
  const { what, expected, received } = difference;
  throw new EcgError('MODEL_MISMATCH', `records are not prepared as the model takes them; the ${what} differs`, { expected, received, from: directory });
}

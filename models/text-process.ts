/**
 * The process that embeds what people type: 2.5 ms a text on one thread, which ingest must not feel, and native code, whose
 * faults must not end a ward.
 */
import { EcgError, isEcgError } from '../ecg/errors.ts';
import { loadGlossary } from './glossary.ts';
import { loadManifest } from './manifest.ts';
import { loadReportBank } from './report-bank.ts';
import { SentenceIndex } from './sentence-index.ts';
import { cachedEmbedder } from './text-embeddings.ts';
import { openTextEncoder } from './text-encoder.ts';
import { loadTextHead } from './text-head.ts';
import type { FromTextProcess, ToTextProcess } from './text-protocol.ts';

interface Opened {
  embed(texts: readonly string[]): Promise<Float32Array>;
  readonly sentences: SentenceIndex;
}

/** @throws EcgError TEXT_ENCODER_MISSING | MODEL_MISMATCH | MODEL_CHECKSUM */
async function open(manifestPath: string, directory: string): Promise<Opened> {
  const model = loadManifest(manifestPath);
  const { textEncoder } = model.manifest;
  const head = loadTextHead(model);
  if (!head) throw new EcgError('MODEL_MISMATCH', 'the model was exported without a text head, so no sentence can be scored', { from: model.id });
  const encoder = await openTextEncoder(directory, textEncoder.pooling, 1);
  if (encoder.sha256 !== textEncoder.sha256) {
    throw new EcgError('MODEL_MISMATCH', 'the text encoder that is installed is not the one the model was trained with', {
      expected: `${textEncoder.name} (${textEncoder.sha256.slice(0, 12)})`, received: `${encoder.name} (${encoder.sha256.slice(0, 12)})`, from: directory });
  }
  const bank = loadReportBank(model, head);
  const frozenOf = cachedEmbedder(encoder);
  const glossary = loadGlossary();
  const centred = async (texts: readonly string[]): Promise<Float32Array[]> => {
    const frozen = await frozenOf(texts);
    return texts.map((_, row) => head.centre(frozen.slice(row * encoder.dimension, (row + 1) * encoder.dimension)));
  };
  return {
    async embed(texts) {
      const out = new Float32Array(texts.length * head.dimension);
      // As training wrote reports: what is typed in German or Swedish lands where its English does.
      (await centred(texts.map((text) => glossary.translate(text).text))).forEach((vector, row) =>
        out.set(bank ? bank.prototype(vector) : head.project(vector), row * head.dimension));
      return out;
    },
    sentences: new SentenceIndex(encoder.sha256, head, centred),
  };
}

let opened: Promise<Opened> | undefined;

async function answer(question: ToTextProcess): Promise<unknown> {
  if (question.kind === 'open') {
    opened = open(question.manifestPath, question.textEncoderDirectory);
    await opened;
    return undefined;
  }
  if (!opened) throw new EcgError('TEXT_ENCODER_MISSING', 'the text encoder has not been opened');
  const { embed, sentences } = await opened;
  return question.kind === 'embed' ? embed(question.texts) : sentences.nearest(question.embedding, question.count);
}

const tell = (message: FromTextProcess): void => void process.send?.(message);

process.on('disconnect', () => process.exit());
process.on('message', (question: ToTextProcess) => {
  answer(question).then(
    (value) => tell({ id: question.id, ok: true, value }),
    (error: Error) => tell({ id: question.id, ok: false, code: isEcgError(error) ? error.code : 'TEXT_ENCODER_MISSING', message: error.message }),
  );
});

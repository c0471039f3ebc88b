/**
 * Why a segment scored as it did: the sentences nearest to it, and what the score loses when a lead is hidden (occlusion).
 * On demand and one segment at a time, so that the beds' own segments never wait behind an explanation.
 */
import { Preprocessor } from '../../ecg/dsp/preprocess.ts';
import { recordToSegment, type EncoderInputSpec } from '../../ecg/encoder-input.ts';
import { EcgError, isEcgError } from '../../ecg/errors.ts';
import type { Clock } from '../../ecg/clock.ts';
import { durationOf, epochMs, hz, samplesIn, type Ms } from '../../ecg/units.ts';
import type { EmbedRequest } from '../../models/segment-queue.ts';
import type { NearestSentences } from '../../models/text-protocol.ts';
import { dot } from '../../models/vectors.ts';
import type { HistoryReader, WaveformRun } from '../history/store.ts';
import { leadMicrovolts } from '../history/waveform.ts';
import { Turns } from './turns.ts';
import type { Vocabulary, VocabularyEntry } from './vocabulary.ts';

/** A segment as the encoder takes it. */
export interface EncoderSegment {
  /** [leads][length], preprocessed. */
  readonly ecg: Float32Array;
  /** [leads], 1 = present. */
  readonly presence: Uint8Array;
}

export interface Explanation {
  readonly bed: string;
  readonly atMs: number;
  readonly label: string;
  readonly sentences: NearestSentences['sentences'];
  readonly source: NearestSentences['source'];
  /** By how much the label's score is less without the lead: positive where the lead speaks for it. Most telling first. */
  readonly leads: readonly { readonly lead: string; readonly change: number }[];
}

export interface ExplainParts {
  readonly spec: EncoderInputSpec;
  readonly vocabulary: Vocabulary;
  readonly score: (request: EmbedRequest) => Promise<{ readonly embedding: Float32Array; readonly modelId: string }>;
  /** Segments that wait for the encoder. */
  readonly queueDepth: () => number;
  readonly text: { readonly available: boolean; nearest(embedding: Float32Array, count: number): Promise<NearestSentences> };
  /** The newest segment of a bed and its end; undefined where the bed has none that is live. */
  readonly newest: (bed: string) => (EncoderSegment & { readonly atMs: number }) | undefined;
  readonly history: () => HistoryReader | undefined;
  readonly clock: Clock;
  readonly deadline: Ms;
}

const SENTENCES = 5;
const MAX_WAITING = 8;
/** Above this the encoder has no time for explanations. */
const BUSY_AT = 64;
/** Read around a stored segment, so that resampling meets no edge inside it. */
const MARGIN_MS = 1000;

export class Explainer {
  readonly #parts: ExplainParts;
  readonly #turns = new Turns('explanations', MAX_WAITING);

  constructor(parts: ExplainParts) {
    this.#parts = parts;
  }

  /**
   * @param label id; undefined: the highest ranking
   * @param atMs end of the segment; undefined: the newest
   * @throws EcgError LABEL_UNKNOWN | HISTORY_QUERY where there is no such segment | INFERENCE_OVERLOAD | INFERENCE_STALE | ENCODER_*
   */
  explain(bed: string, label: string | undefined, atMs: number | undefined): Promise<Explanation> {
    return this.#turns.take(() => this.#explain(bed, label, atMs));
  }

  async #explain(bed: string, label: string | undefined, atMs: number | undefined): Promise<Explanation> {
    const { vocabulary, spec } = this.#parts;
    const { atMs: endMs, ...segment } = atMs === undefined ? this.#newest(bed) : { atMs, ...(await this.#stored(bed, atMs)) };
    const embedding = await this.#embed(segment);
    const entry = this.#entry(label ?? vocabulary.findingsOf(embedding)[0]!.label);
    const whole = scoreOf(entry, embedding);
    const leads: { lead: string; change: number }[] = [];
    for (const [lead, name] of spec.leads.entries()) {
      if (segment.presence[lead] !== 1) continue;
      leads.push({ lead: name, change: whole - scoreOf(entry, await this.#embed(without(segment, lead, spec.length))) });
    }
    leads.sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
    return { bed, atMs: endMs, label: entry.label.id, ...(await this.#sentences(embedding)), leads };
  }

  async #sentences(embedding: Float32Array): Promise<NearestSentences> {
    const { text, vocabulary } = this.#parts;
    if (text.available) {
      try {
        return await text.nearest(embedding, SENTENCES);
      } catch (error) {
        if (!isEcgError(error)) throw error;
        // What the ward looks for is known without a text encoder.
      }
    }
    const sentences = vocabulary.findingsOf(embedding).map(({ label, cosine }) => ({ text: vocabulary.entry(label)!.label.name, similarity: cosine }));
    return { source: 'statements', sentences: sentences.sort((a, b) => b.similarity - a.similarity).slice(0, SENTENCES) };
  }

  /** One at a time, under a name of its own: it takes no bed's place in the queue, and never more than one. */
  async #embed({ ecg, presence }: EncoderSegment): Promise<Float32Array> {
    const { score, queueDepth, clock, deadline, vocabulary } = this.#parts;
    if (queueDepth() >= BUSY_AT) throw new EcgError('INFERENCE_OVERLOAD', 'the encoder is busy with the beds', { expected: `fewer than ${BUSY_AT} segments waiting` });
    const { embedding, modelId } = await score({ bed: '(explanation)', ecg, presence, deadlineMs: epochMs(clock.now() + deadline), priority: 'routine' });
    if (modelId !== vocabulary.modelId) throw new EcgError('INFERENCE_STALE', 'the model was changed meanwhile', { expected: vocabulary.modelId, received: modelId });
    return embedding;
  }

  #entry(label: string): VocabularyEntry {
    const entry = this.#parts.vocabulary.entry(label);
    if (!entry) throw new EcgError('LABEL_UNKNOWN', 'there is no such label', { expected: 'an id of GET /labels', received: label.slice(0, 80) });
    return entry;
  }

  #newest(bed: string): EncoderSegment & { readonly atMs: number } {
    const newest = this.#parts.newest(bed);
    if (!newest) throw new EcgError('HISTORY_QUERY', 'the bed has no live segment', { expected: 'a bed that is scored now, or `at`', received: bed.slice(0, 40) });
    return newest;
  }

  async #stored(bed: string, atMs: number): Promise<EncoderSegment> {
    const { history, spec } = this.#parts;
    const store = history();
    const startMs = atMs - durationOf(spec.length, spec.samplingFrequency);
    const runs = await store?.waveform({ bed, fromMs: startMs - MARGIN_MS, toMs: atMs + MARGIN_MS }) ?? [];
    // Times of stored samples and of a segment's end are arrivals, apart by what the network does to them.
    const available = ({ samples, signal }: WaveformRun): number => Math.floor((samples[0]!.length * spec.samplingFrequency) / signal.samplingFrequencyHz);
    const run = runs.find((each) => available(each) >= spec.length && Math.abs(startMs - clamped(each, startMs, available(each) - spec.length, spec)) <= MARGIN_MS);
    if (!run) throw new EcgError('HISTORY_QUERY', 'no whole segment of that time is stored', { expected: 'ten seconds without a gap up to `at`', received: new Date(atMs).toISOString(), from: bed });
    const { signal } = run;
    const record = {
      name: bed, comments: [], leads: signal.leads, samplingFrequency: hz(signal.samplingFrequencyHz),
      samplesUv: run.samples.map((samples, lead) => leadMicrovolts(samples, signal, lead)),
    };
    const from = clamped(run, startMs, available(run) - spec.length, spec);
    const { samplesUv, presence } = recordToSegment(record, spec, samplesIn((from - run.startMs) as Ms, spec.samplingFrequency));
    if (!presence.includes(1)) throw new EcgError('HISTORY_QUERY', 'no lead of that segment is whole', { expected: 'one lead without a gap', received: 'none', from: bed });
    const ecg = new Float32Array(samplesUv.length);
    new Preprocessor(spec.preprocessing, spec.samplingFrequency, spec.leads.length, spec.length).run(samplesUv, presence, ecg);
    return { ecg, presence };
  }
}

/** The time nearest to the wanted one at which a whole segment of the run can begin. */
const clamped = ({ startMs }: WaveformRun, wantedMs: number, lastSample: number, { samplingFrequency }: EncoderInputSpec): number =>
  Math.max(startMs, Math.min(wantedMs, startMs + durationOf(lastSample, samplingFrequency)));

const scoreOf = ({ label: { cosineMean, cosineSd }, direction }: VocabularyEntry, embedding: Float32Array): number =>
  (dot(embedding, 0, direction, 0, direction.length) - cosineMean) / cosineSd;

/** The segment as if the lead had never been connected. */
function without({ ecg, presence }: EncoderSegment, lead: number, length: number): EncoderSegment {
  return { ecg: ecg.slice().fill(0, lead * length, (lead + 1) * length), presence: presence.slice().fill(0, lead, lead + 1) };
}

/**
 * The encoder process: loads one ONNX graph on one execution provider, then embeds batches from the shared file.
 * Runs as a child of the server, because ONNX Runtime computes synchronously on its caller's thread and a native
 * fault in it or in a GPU driver ends the whole process.
 */
import { readSync, writeSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { EcgError } from '../ecg/errors.ts';
import {
  SHARED_FILE_DESCRIPTOR, slotOffsets, type EmbedMessage, type FromEncoderProcess, type LoadMessage, type ToEncoderProcess,
} from './encoder-protocol.ts';

/** Rows of a unit-length output may differ from length 1 by this much; half precision keeps three digits. */
const UNIT_LENGTH_TOLERANCE = 1e-2;

const tell = (message: FromEncoderProcess): void => void process.send?.(message);

class LoadedEncoder {
  readonly #load: LoadMessage;
  readonly #session: InferenceSession;
  readonly #ecg: Float32Array;
  readonly #presence: Float32Array;
  /** One set of feeds per batch size, all over the same memory. */
  readonly #feeds: ReadonlyMap<number, Record<string, Tensor>>;

  constructor(load: LoadMessage, session: InferenceSession) {
    const { leads, length, batchSizes } = load.shape;
    const rows = batchSizes.at(-1)!;
    this.#load = load;
    this.#session = session;
    this.#ecg = new Float32Array(rows * leads * length);
    this.#presence = new Float32Array(rows * leads);
    this.#feeds = new Map(batchSizes.map((size) => [size, {
      [load.inputs.ecg]: new Tensor('float32', this.#ecg.subarray(0, size * leads * length), [size, leads, length]),
      [load.inputs.presence]: new Tensor('float32', this.#presence.subarray(0, size * leads), [size, leads]),
    }]));
  }

  /** Runs every batch size twice: the first run of a shape plans memory and, on a GPU, searches algorithms. @returns ms of the largest, warm */
  async warm(): Promise<number> {
    const { shape } = this.#load;
    // Any signal will do, but all zeros would leave nothing to normalise.
    for (let i = 0; i < this.#ecg.length; i++) this.#ecg[i] = Math.sin(i / 7) + Math.sin(i / 61);
    this.#presence.fill(1);
    let elapsedMs = 0;
    for (const size of shape.batchSizes) {
      const embedding = await this.#run(size);
      requireUnitRows(embedding, size, shape.dimension, this.#load.encoderPath);
      const start = performance.now();
      await this.#run(size);
      elapsedMs = performance.now() - start;
    }
    return elapsedMs;
  }

  async embed({ slot, size }: EmbedMessage): Promise<void> {
    const { shape } = this.#load;
    const offsets = slotOffsets(shape, slot);
    const padded = shape.batchSizes.find((candidate) => candidate >= size)!;
    read(this.#ecg.subarray(0, size * shape.leads * shape.length), offsets.ecg);
    read(this.#presence.subarray(0, size * shape.leads), offsets.presence);
    // Padding is cleared, so that no graph, however wrong, could mix an earlier batch's bed into this one.
    this.#ecg.fill(0, size * shape.leads * shape.length, padded * shape.leads * shape.length);
    this.#presence.fill(0, size * shape.leads, padded * shape.leads);
    const embedding = await this.#run(padded);
    const used = embedding.subarray(0, size * shape.dimension);
    writeSync(SHARED_FILE_DESCRIPTOR, used, 0, used.byteLength, offsets.embedding);
  }

  async #run(size: number): Promise<Float32Array> {
    const { output, shape, encoderPath } = this.#load;
    const results = await this.#session.run(this.#feeds.get(size)!, [output]);
    const tensor = results[output]!;
    const expected = [size, shape.dimension];
    if (tensor.dims.join() !== expected.join()) {
      throw new EcgError('MODEL_MISMATCH', 'the encoder gave an output of another shape than the manifest says', {
        expected: `[${expected.join(', ')}]`, received: `[${tensor.dims.join(', ')}]`, from: encoderPath });
    }
    return tensor.data as Float32Array;
  }
}

function read(into: Float32Array, position: number): void {
  const bytes = readSync(SHARED_FILE_DESCRIPTOR, into, 0, into.byteLength, position);
  if (bytes !== into.byteLength) throw new Error(`the shared file gave ${bytes} of ${into.byteLength} bytes`);
}

function requireUnitRows(embedding: Float32Array, rows: number, dimension: number, from: string): void {
  for (let row = 0; row < rows; row++) {
    const length = Math.hypot(...embedding.subarray(row * dimension, (row + 1) * dimension));
    if (!(Math.abs(length - 1) <= UNIT_LENGTH_TOLERANCE)) {
      throw new EcgError('MODEL_MISMATCH', 'the encoder gave an embedding that is not of unit length', { expected: '1', received: `${length}`, from });
    }
  }
}

/** Compares names, types and fixed dimensions of the graph with the manifest. @throws EcgError MODEL_MISMATCH */
function requireGraph(session: InferenceSession, load: LoadMessage): void {
  const { shape, inputs, output, encoderPath } = load;
  const wanted = [
    { role: 'input', name: inputs.ecg, dims: [shape.leads, shape.length], found: session.inputMetadata },
    { role: 'input', name: inputs.presence, dims: [shape.leads], found: session.inputMetadata },
    { role: 'output', name: output, dims: [shape.dimension], found: session.outputMetadata },
  ];
  for (const { role, name, dims, found } of wanted) {
    const refuse = (expected: string, received: string): never => {
      throw new EcgError('MODEL_MISMATCH', `the encoder's ${role} ${name} is not what the manifest says`, { expected, received, from: encoderPath });
    };
    const value = found.find((candidate) => candidate.name === name);
    if (!value) return refuse(`an ${role} of that name`, found.map((candidate) => candidate.name).join(', ') || 'none');
    if (!value.isTensor) return refuse('a tensor', 'another kind of value');
    if (value.type !== 'float32') return refuse('float32', value.type);
    const [batch, ...rest] = value.shape;
    const fits = typeof batch === 'string' && rest.length === dims.length
      && rest.every((dim, i) => typeof dim === 'string' || dim === dims[i]);
    if (!fits) return refuse(`[n, ${dims.join(', ')}]`, `[${value.shape.join(', ')}]`);
  }
  const extra = session.inputNames.filter((name) => name !== inputs.ecg && name !== inputs.presence);
  if (extra.length > 0) {
    throw new EcgError('MODEL_MISMATCH', 'the encoder wants inputs that the manifest does not name', {
      expected: `${inputs.ecg}, ${inputs.presence}`, received: session.inputNames.join(', '), from: encoderPath });
  }
}

async function load(message: LoadMessage): Promise<LoadedEncoder | undefined> {
  try {
    const session = await InferenceSession.create(message.encoderPath, {
      // One alone, so that what loads is what was asked for; the choice between providers is the server's.
      executionProviders: [message.provider],
      intraOpNumThreads: message.intraOpThreads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
    });
    requireGraph(session, message);
    const encoder = new LoadedEncoder(message, session);
    tell({ kind: 'ready', largestBatchMs: await encoder.warm() });
    return encoder;
  } catch (error) {
    const fault = error instanceof EcgError ? error : new EcgError('ENCODER_UNAVAILABLE', (error as Error).message.trim());
    tell({ kind: 'refused', code: fault.code, message: fault.message });
    return undefined;
  }
}

let encoder: Promise<LoadedEncoder | undefined> | undefined;
/** Batches run one after the other, in the order they came. */
let last: Promise<void> = Promise.resolve();

process.on('message', (message: ToEncoderProcess) => {
  if (message.kind === 'load') {
    encoder = load(message);
    return;
  }
  last = last.then(async () => {
    try {
      const loaded = await encoder;
      if (!loaded) throw new Error('no encoder is loaded');
      await loaded.embed(message);
      tell({ kind: 'embedded', id: message.id });
    } catch (error) {
      tell({ kind: 'failed', id: message.id, message: (error as Error).message });
    }
  });
});

// The server's end closes the channel, even where it was killed: no encoder outlives its server. Killed rather than
// exited, because exit runs the destructors of native libraries, which can hang, and nothing here needs them.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// A terminal sends Ctrl-C to the whole group; the server decides when its encoder ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

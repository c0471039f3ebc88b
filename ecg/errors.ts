/**
 * The catalogue of coded errors. docs/errors.md lists every code; a test fails when the two differ.
 * Every message names what was expected, what came, and from where.
 */
export const ERROR_CODES = {
  CONFIG_INVALID: 'The configuration cannot be used as given.',
  TOKENS_REQUIRED: 'The server was told to listen beyond this machine without access tokens.',
  FRAME_MALFORMED: 'A feed frame does not have the layout of docs/feeds.md.',
  FRAME_VERSION: 'A feed frame or hello is of a protocol version this server does not speak.',
  FRAME_SAMPLES: 'A feed frame carries samples that are not finite or beyond any electrode voltage.',
  FRAME_SEQUENCE: 'A feed went backwards in its sequence or sample index beyond the reordering bound.',
  HELLO_INVALID: 'A feed introduced itself with missing or impossible properties.',
  FEED_UNAUTHORISED: 'A feed, page or subscriber presented no token, an unknown one, or one of another bed.',
  NOT_ALLOWED: 'Somebody with a good token asked for what their role may not do, or a page of another server did.',
  FEED_BED_TAKEN: 'A second device tried to feed a bed that a live device already feeds.',
  FEED_NO_HELLO: 'A feed sent frames before it introduced itself, or after another took its bed.',
  HL7_INVALID: 'An HL7 v2 message cannot be read or its waveforms cannot be used.',
  FHIR_INVALID: 'A FHIR Observation cannot be read or its samples cannot be used.',
  VITAL_INVALID: 'An upload of Vital Recorder cannot be read or its tracks cannot be used.',
  COMMAND_INVALID: 'A command of a page or subscriber cannot be carried out as given.',
  LIMITS_INVALID: 'Alarm limits of a bed cannot be set as asked for.',
  LABEL_INVALID: 'A label cannot be made, changed or armed as asked for.',
  LABEL_UNKNOWN: 'There is no such label.',
  WFDB_HEADER: 'A WFDB header cannot be read.',
  WFDB_TRUNCATED: 'A WFDB signal file is shorter than its header says.',
  WFDB_FORMAT: 'A WFDB signal format is not supported.',
  WFDB_ANNOTATION: 'A WFDB annotation file cannot be read.',
  RECORDING_FORMAT: 'A recording (EDF, DICOM, SCP-ECG, Sierra XML) cannot be read, or cannot be written in the named format.',
  DATA_NOT_FOUND: 'Recordings that a command needs were not found.',
  DATA_FETCH: 'Recordings could not be downloaded from their publisher.',
  DATA_CORRUPT: 'A packed recording, shard or cache entry does not restore to what its header says.',
  MODEL_MANIFEST: 'A model manifest is missing or does not have the expected shape.',
  MODEL_CHECKSUM: 'A model file is not the one its manifest names.',
  MODEL_MISMATCH: 'Two parts of a model do not fit together, or the model does not fit the server.',
  MODEL_SWAP: 'Another model cannot come into service now.',
  ENCODER_UNAVAILABLE: 'No execution provider could load the encoder.',
  ENCODER_CRASHED: 'The encoder process ended unexpectedly.',
  INFERENCE_STALE: 'A segment waited longer than its deadline and was not scored.',
  INFERENCE_OVERLOAD: 'The inference queue was full and an older segment gave way.',
  TEXT_ENCODER_MISSING: 'No text encoder is installed, so new sentences cannot be embedded.',
  TENSORFLOW_MISSING: 'TensorFlow is not installed, so models cannot be trained here.',
  TRAINING_DIVERGED: 'A training step gave a loss that is not finite.',
  LEDGER_CORRUPT: 'The alarm ledger holds a line that cannot be read.',
  LEDGER_WRITE: 'An alarm change could not be stored in time.',
  HISTORY_OPEN: 'The history store cannot be opened.',
  HISTORY_LOCKED: 'Another server keeps its history in the same directory.',
  HISTORY_SCHEMA: 'The history was written by a newer version.',
  HISTORY_KEY: 'The history is encrypted with another key, or is not encrypted.',
  HISTORY_WRITE: 'A batch could not be written to the history.',
  HISTORY_READ: 'The history could not answer a query.',
  HISTORY_QUERY: 'A query of the history cannot be answered as asked.',
  HISTORY_BUSY: 'Too much is asked of the history at once.',
  SERVER_UNREACHABLE: 'No Leadwatch server answers where a command looks for one.',
  INFLUX_UNAVAILABLE: 'InfluxDB cannot be reached, or refuses what it is asked.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetail {
  readonly expected?: string;
  readonly received?: string;
  /** Whose input it was: a bed, a file, a setting, a socket. */
  readonly from?: string;
  readonly cause?: unknown;
}

/** An error of the catalogue. `message` reads: what happened; expected ..., received ... (from ...). */
export class EcgError extends Error {
  readonly code: ErrorCode;
  readonly expected: string | undefined;
  readonly received: string | undefined;
  readonly from: string | undefined;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    const contrast = [
      detail.expected === undefined ? '' : `expected ${detail.expected}`,
      detail.received === undefined ? '' : `received ${detail.received}`,
    ].filter(Boolean);
    const tail = contrast.length === 0 ? '' : `: ${contrast.join(', ')}`;
    const origin = detail.from === undefined ? '' : ` (from ${detail.from})`;
    super(`${message}${tail}${origin}`, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'EcgError';
    this.code = code;
    this.expected = detail.expected;
    this.received = detail.received;
    this.from = detail.from;
  }
}

export const isEcgError = (error: unknown): error is EcgError => error instanceof EcgError;

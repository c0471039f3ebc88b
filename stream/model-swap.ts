/**
 * Another model into service while the ward runs: read and checked, its encoder started and warmed beside the one that
 * serves, and only then put in its place, between two batches. Whatever does not fit is refused and changes nothing.
 */
import { resolve, sep } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../ecg/clock.ts';
import { EcgError, isEcgError } from '../ecg/errors.ts';
import type { LabelBank } from '../models/label-bank.ts';
import { requireSameInput } from '../models/manifest.ts';
import type { Principal } from './access.ts';
import { readModel, type ModelFiles, type ServedModel } from './model.ts';

export interface SwapRequest {
  /** Path of the new model's manifest, from the project's folder. */
  readonly manifest: string;
  /** Labels that raise alarms now and would not with the new model may go; else they keep it from coming into service. */
  readonly acceptLostAlarms: boolean;
}

export interface SwapReport {
  readonly model: string;
  readonly manifestSha256: string;
  readonly was: string;
  /** `labels` where the encoder is the same file: its process goes on. */
  readonly replaced: 'model' | 'labels';
  readonly executionProvider: string;
  /** Labels whose alarms have been ended at every bed, with a ledger entry, because the new model does not raise them. */
  readonly lostAlarms: readonly string[];
  readonly tookMs: number;
}

export interface SwappedLabels {
  alarmsLost(bank: LabelBank, sameSpace: boolean): string[];
  /** @param takeOver puts the model into service */
  changeModel(files: ModelFiles, by: Principal, takeOver: () => void): Promise<void>;
}

export interface SwapParts {
  readonly served: ServedModel | undefined;
  readonly root: string;
  /** Models lie below it; nothing else is read. */
  readonly modelsDirectory: string;
  readonly clock: Clock;
  /** What goes with a model: the labels typed for it, the text encoder that embeds them, the last hour's embeddings. */
  readonly labels: SwappedLabels | undefined;
}

export type ModelSwap = (who: Principal, request: SwapRequest) => Promise<SwapReport>;

/**
 * One swap at a time.
 * @throws EcgError MODEL_SWAP where none may be made now; MODEL_MANIFEST | MODEL_CHECKSUM | MODEL_MISMATCH | ENCODER_UNAVAILABLE |
 *   ENCODER_CRASHED as the new model failed
 */
export function createModelSwap({ served, labels, root, modelsDirectory, clock }: SwapParts): ModelSwap {
  let swapping: string | undefined;
  return async (who, request) => {
    if (!served || !labels) {
      throw new EcgError('MODEL_SWAP', 'no model is in service that could be replaced', {
        expected: 'a server that was started with a model', received: 'a server without one', from: 'the setting `model`' });
    }
    if (swapping !== undefined) {
      throw new EcgError('MODEL_SWAP', 'another model is being loaded', { expected: 'one swap at a time', received: request.manifest, from: swapping });
    }
    swapping = request.manifest;
    try {
      const startMs = clock.now();
      const files = readModel(pathBelow(resolve(root, modelsDirectory), resolve(root, request.manifest)));
      const report = await swap(served, labels, files, who, request.acceptLostAlarms);
      return { ...report, tookMs: Math.round(clock.now() - startMs) };
    } finally {
      swapping = undefined;
    }
  };
}

/** Who put which model into service, and who tried to, in the log. */
export const auditedSwap = (swap: ModelSwap, log: Logger): ModelSwap => async (by, request) => {
  const { name, role } = by;
  try {
    const report = await swap(by, request);
    log.info({ who: name, role, ...report }, `${report.replaced === 'model' ? 'model' : 'label bank'} swapped`);
    return report;
  } catch (error) {
    log.warn({ who: name, role, ...request, code: isEcgError(error) ? error.code : 'unknown' }, `model not swapped: ${(error as Error).message}`);
    throw error;
  }
};

async function swap(served: ServedModel, labels: SwappedLabels, files: ModelFiles, who: Principal, acceptLostAlarms: boolean): Promise<Omit<SwapReport, 'tookMs'>> {
  const was = served.id;
  const { loaded, bank } = files;
  requireSameInput(served.loaded, loaded);
  const lostAlarms = labels.alarmsLost(bank, loaded.id === was);
  if (lostAlarms.length > 0 && !acceptLostAlarms) {
    throw new EcgError('MODEL_SWAP', 'labels that raise alarms now would be lost', {
      expected: 'a model that raises the same alarms, or acceptLostAlarms', received: `no alarm for ${lostAlarms.join(', ')}`, from: loaded.path });
  }
  const sameEncoder = loaded.manifest.encoder.sha256 === served.loaded.manifest.encoder.sha256;
  const encoder = sameEncoder ? undefined : await served.startEncoder(loaded);
  let retired: Promise<void> | undefined;
  try {
    await labels.changeModel(files, who, () => {
      if (served.closed) throw new EcgError('MODEL_SWAP', 'the server is stopping', { from: loaded.path });
      retired = served.replace(files, encoder);
    });
  } catch (error) {
    // Not in service: nobody else would end its process.
    if (!retired) await encoder?.close();
    throw error;
  }
  await retired;
  return {
    model: served.id, manifestSha256: loaded.sha256, was, replaced: sameEncoder ? 'labels' : 'model', executionProvider: served.executionProvider(), lostAlarms };
}

function pathBelow(directory: string, path: string): string {
  if (path.startsWith(directory + sep)) return path;
  throw new EcgError('MODEL_MANIFEST', 'a model may only come from the models directory', { expected: `a manifest below ${directory}`, received: path, from: 'the setting `modelsDirectory`' });
}

/** Forgetting: files older than their kind may be, then the oldest waveforms while there is more than fits. An alarm's strip stays. */
import { fileAt, type DatedFile, type HistoryFiles } from './files.ts';
import { STRIP_AFTER_MS, STRIP_BEFORE_MS, STRIP_FILE, type Retention } from './options.ts';
import { BEDS_PER_KEY, rowKey } from './table-file.ts';

export function applyRetention(files: HistoryFiles, retention: Retention, nowMs: number): void {
  for (const file of files.list('trend')) if (file.toMs <= nowMs - retention.trendsMs) files.remove(file.name);
  for (const file of files.list('event')) if (file.toMs <= nowMs - retention.eventsMs) files.remove(file.name);
  for (const file of files.list('wave')) if (file.toMs <= nowMs - retention.waveformsMs) forgetWaveforms(file, files);
  forgetStrips(files, nowMs - retention.eventsMs);
  const bytes = (): number => (['wave', 'trend', 'event'] as const).flatMap((kind) => files.list(kind)).reduce((sum, { name }) => sum + files.bytesOf(name), files.bytesOf(STRIP_FILE));
  const present = fileAt('wave', nowMs).name;
  for (const file of files.list('wave')) {
    if (bytes() <= retention.maxBytes) return;
    if (file.name !== present) forgetWaveforms(file, files);
  }
}

/** Keeps the strips of the file's alarms, then removes it. */
function forgetWaveforms(file: DatedFile, files: HistoryFiles): void {
  const wave = files.open(file.name);
  const strips = files.open(STRIP_FILE);
  strips.db.exec('BEGIN IMMEDIATE');
  try {
    for (const { bed, ms } of alarmsNear(file, files)) {
      for (let second = Math.floor((ms - STRIP_BEFORE_MS) / 1000); second < (ms + STRIP_AFTER_MS) / 1000; second++) {
        const key = rowKey(second, bed);
        const row = wave.get('second', key);
        if (row) strips.put('second', key, row);
      }
    }
    strips.commit();
  } catch (error) {
    strips.db.exec('ROLLBACK');
    throw error; // the hour stays, and is tried again
  }
  files.remove(file.name);
}

function alarmsNear(file: DatedFile, files: HistoryFiles): { bed: number; ms: number }[] {
  const fromMs = file.fromMs - STRIP_AFTER_MS;
  const toMs = file.toMs + STRIP_BEFORE_MS;
  return files.list('event', fromMs, toMs).flatMap(({ name }) =>
    files.open(name).statement("SELECT bed, ms FROM event WHERE kind = 'alarm' AND ms >= ? AND ms < ?").all(fromMs, toMs) as { bed: number; ms: number }[]);
}

function forgetStrips(files: HistoryFiles, beforeMs: number): void {
  if (files.bytesOf(STRIP_FILE) === 0) return;
  files.open(STRIP_FILE).statement('DELETE FROM second WHERE k < ?').run(Math.floor(beforeMs / 1000) * BEDS_PER_KEY);
}

/** PTB-XL's table: one row a record, with its report, statements, patient and fold. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { EcgError } from '../../ecg/errors.ts';
import { ptbXlSignals } from '../../stream/recordings/locate.ts';

export interface PtbXlRow {
  readonly ecgId: number;
  readonly patientId: number;
  readonly report: string;
  /** SCP-ECG statement to likelihood in percent; 0 = stated without one. */
  readonly statements: Readonly<Record<string, number>>;
  /** The database's own words: which extrasystoles there are (`VES`, `2SVES`), and what of a pacemaker was seen; empty where nothing is said. */
  readonly extraBeats: string;
  readonly pacemaker: string;
  /** 1 to 10; patients do not cross folds. */
  readonly fold: number;
  /** Record name relative to the database's directory: at 100 Hz, or at 500 where it holds nothing else. */
  readonly record: string;
}

/** What a statement of the SCP-ECG standard belongs to. */
export interface StatementKind {
  readonly diagnostic: boolean;
  readonly form: boolean;
  readonly rhythm: boolean;
  readonly superclass: string;
  readonly subclass: string;
}

/** @param directory of the restored database @throws EcgError DATA_NOT_FOUND */
export function readDatabase(directory: string): PtbXlRow[] {
  const column = ptbXlSignals(directory) === 'records500' ? 'filename_hr' : 'filename_lr';
  return readTable(directory, 'ptbxl_database.csv').map((row) => ({
    ecgId: Number(row['ecg_id']),
    patientId: Number(row['patient_id']),
    report: row['report'] ?? '',
    statements: parseStatements(row['scp_codes'] ?? '{}'),
    extraBeats: row['extra_beats'] ?? '',
    pacemaker: row['pacemaker'] ?? '',
    fold: Number(row['strat_fold']),
    record: row[column] ?? '',
  }));
}

/** @throws EcgError DATA_NOT_FOUND */
export function readStatementKinds(directory: string): ReadonlyMap<string, StatementKind> {
  const yes = (cell: string | undefined): boolean => Number(cell) === 1;
  return new Map(readTable(directory, 'scp_statements.csv').map((row) => [row['']!, {
    diagnostic: yes(row['diagnostic']), form: yes(row['form']), rhythm: yes(row['rhythm']),
    superclass: row['diagnostic_class'] ?? '', subclass: row['diagnostic_subclass'] ?? '',
  }]));
}

function readTable(directory: string, file: string): Record<string, string>[] {
  const path = join(directory, file);
  try {
    return parse(readFileSync(path), { columns: true, skip_empty_lines: true });
  } catch (cause) {
    throw new EcgError('DATA_NOT_FOUND', `PTB-XL's ${file} cannot be read`, { received: (cause as Error).message, from: path, cause });
  }
}

// A Python literal: {'NORM': 100.0, 'SR': 0.0}
const parseStatements = (literal: string): Record<string, number> =>
  Object.fromEntries([...literal.matchAll(/'([^']+)':\s*([\d.]+)/g)].map(([, code, likelihood]) => [code!, Number(likelihood)]));

/** Folds of PTB-XL's authors' recommendation: 8 to train, one to choose, one for the final figures. */
export const TRAIN_FOLDS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8];
export const CHOICE_FOLD = 9;
/** Read by final tables alone. */
export const FINAL_FOLD = 10;

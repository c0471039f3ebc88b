/** The thread of record-files.ts. */
import { exportedFile, type ExportFormat, type IntervalContent } from './export.ts';
import { pastRecord } from './import.ts';
import type { UploadedFile } from './record-files.ts';
import type { Interval } from './store.ts';
import { answerCalls } from './thread/answer.ts';

answerCalls(() => ({
  write: ({ query, format, content }: { query: Interval; format: ExportFormat; content: IntervalContent }) => exportedFile(content, query, format),
  read: ({ name, bytes, startMs }: UploadedFile) => pastRecord(bytes, name, startMs),
  close: () => undefined,
}), { handsOver: ['write', 'read'] });

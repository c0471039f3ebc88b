/** Atrial fibrillation against the rhythm annotations of mitdb, in time; flutter is left out, as nobody's irregularity. */
import type { RhythmChange } from '../../ecg/rhythm.ts';
import type { Annotation } from '../../ecg/record.ts';
import { activeAt } from './rhythm-cudb.ts';

export interface AtrialCounts {
  readonly record: string;
  readonly fibrillationSamples: number;
  readonly foundSamples: number;
  readonly freeSamples: number;
  readonly freeAlarmSamples: number;
}

export function countAtrial(record: string, annotations: readonly Annotation[], changes: readonly RhythmChange[], length: number): AtrialCounts {
  const active = activeAt(changes, 'atrialFibrillation', length);
  const rhythms = annotations.filter(({ aux }) => aux.startsWith('('));
  let fibrillationSamples = 0, foundSamples = 0, freeSamples = 0, freeAlarmSamples = 0;
  rhythms.forEach(({ sample, aux }, i) => {
    if (aux === '(AFL') return;
    const to = rhythms[i + 1]?.sample ?? length;
    let alarmed = 0;
    for (let k = sample; k < to; k++) alarmed += active[k]!;
    if (aux === '(AFIB') {
      fibrillationSamples += to - sample;
      foundSamples += alarmed;
    } else {
      freeSamples += to - sample;
      freeAlarmSamples += alarmed;
    }
  });
  return { record, fibrillationSamples, foundSamples, freeSamples, freeAlarmSamples };
}

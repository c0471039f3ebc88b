/** The model-free path: the rhythm analysis of one epoch, with its sample indices turned into server time. */
import { concatMap, defer, type OperatorFunction } from 'rxjs';
import type { RhythmAnalyser } from '../ecg/rhythm.ts';
import { durationOf, epochMs, type EpochMs } from '../ecg/units.ts';
import type { Hello } from './feed/feed.ts';
import type { Aligned, LineEvent, Refused } from './line.ts';
import { missing } from './segment.ts';

const NO_MARKS = new Uint16Array(0);

export function rhythm(hello: Hello, createAnalyser: (hello: Hello) => RhythmAnalyser): OperatorFunction<Aligned | Refused, LineEvent> {
  return (aligned$) => defer(() => {
    const analyser = createAnalyser(hello);
    return aligned$.pipe(concatMap((item): LineEvent[] => {
      if (item.kind !== 'block' && item.kind !== 'gap') return [];
      const { beats, changes } = item.kind === 'block'
        ? analyser.push(item.samplesUv, item.startIndex, item.leadOffMask, item.pacerMarks)
        : analyser.push(missing(hello.leads.length, item.sampleCount), item.startIndex, 0, NO_MARKS);
      const endIndex = item.startIndex + item.sampleCount;
      // The block's last sample reached us at receivedAtMs; the device's own clock may be wrong, ours is not.
      const serverTime = (index: number): EpochMs => epochMs(item.receivedAtMs - durationOf(endIndex - index, hello.samplingFrequency));
      return [{
        kind: 'rhythm',
        beats,
        changes: changes.map((change) => ({ ...change, onsetMs: serverTime(change.onsetIndex) })),
        heartRateBpm: analyser.heartRateBpm,
        monitored: analyser.monitored,
      }];
    }));
  });
}

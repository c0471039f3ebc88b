import type { Lead } from './leads.ts';
import type { Hz, MicrovoltSamples } from './units.ts';

/** A finished recording: what a file holds, before anyone replays it. */
export interface EcgRecord {
  /** Name as its publisher gives it, for example `207` or `00042_lr`. */
  readonly name: string;
  readonly samplingFrequency: Hz;
  readonly leads: readonly Lead[];
  /** Planar, one array per lead, all of equal length; a missing sample is NaN. */
  readonly samplesUv: readonly MicrovoltSamples[];
  /** Comment lines of the header, without the leading `#`. */
  readonly comments: readonly string[];
}

/** One mark of an annotation file: WFDB's code and auxiliary text at a sample. */
export interface Annotation {
  readonly sample: number;
  /** WFDB mnemonic: `N`, `V`, `/`, `+`, `[`, `]`, `!`, `~`, ... */
  readonly symbol: string;
  /** Text, for example `(AFIB` on a rhythm change; empty where there is none. */
  readonly aux: string;
  readonly subtype: number;
}

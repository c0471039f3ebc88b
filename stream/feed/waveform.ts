/** A stretch of one bed's leads as message protocols bring it (HL7, FHIR, Vital Recorder): all leads at once, for a second or so. */
export interface Waveform {
  readonly samplingFrequencyHz: number;
  readonly leads: readonly string[];
  /** adu per millivolt, one per lead. */
  readonly adcGain: readonly number[];
  /** adu at 0 mV, one per lead. */
  readonly baseline: readonly number[];
  /** adu, one array per lead, all of one length; `MISSING_ADU` where a sample is missing. */
  readonly samples: readonly Int16Array[];
  /** The device's time of the first sample, ms since 1970; undefined where the message does not say. */
  readonly startMs: number | undefined;
}

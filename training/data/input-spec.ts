/** What the encoder is fed. The manifest of every model repeats it, and serving obeys the manifest. */
import type { EncoderInputSpec } from '../../ecg/encoder-input.ts';
import { STANDARD_LEADS } from '../../ecg/leads.ts';
import { hz } from '../../ecg/units.ts';
import { LENGTH } from '../architecture.ts';

export const INPUT_SPEC: EncoderInputSpec = {
  leads: STANDARD_LEADS,
  samplingFrequency: hz(100),
  length: LENGTH,
  preprocessing: {
    // Takes the baseline away without touching ST much: forwards and backwards, it is zero-phase.
    highPassHz: 0.5,
    // A monitor's own band ends here, and 100 Hz sampling allows little more.
    lowPassHz: 40,
    // Some records reach 20 mV (artefacts); a QRS hardly exceeds 5.
    clipUv: 5000,
    // Absolute amplitudes stay, as hypertrophy and low voltage are told by them, and a lead looks the same whichever
    // other leads are there: what lead dropout teaches is then exactly what a bed with few leads shows.
    normalise: 'fixed',
    scaleUv: 500,
  },
};

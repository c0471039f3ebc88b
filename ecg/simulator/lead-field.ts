/**
 * From the heart's dipole to twelve leads. The dipole is given in Frank's axes, in millivolts: x to the patient's left,
 * y to the feet, z to the back.
 * Coefficients: Dower, Machado, Osborne, On deriving the electrocardiogram from vectorcardiographic leads,
 * Clin. Cardiol. 3:87-95 (1980). The other four limb leads follow from I and II (Einthoven, Goldberger), so their
 * identities hold exactly.
 */
export type Dipole = readonly [x: number, y: number, z: number];

/** Rows I, II, V1 to V6: the leads an electrocardiograph measures independently. */
export const INDEPENDENT_LEADS: readonly Dipole[] = [
  [0.632, -0.235, 0.059],
  [0.235, 1.066, -0.132],
  [-0.515, 0.157, -0.917],
  [0.044, 0.164, -1.387],
  [0.882, 0.098, -1.277],
  [1.213, 0.127, -0.601],
  [1.125, 0.127, -0.086],
  [0.831, 0.076, 0.23],
];

/**
 * Spreads eight independent leads (I, II, V1 to V6) over the twelve of `STANDARD_LEADS`.
 * @param out one array per standard lead, written at `index`
 */
export function spreadLeads(eight: Float64Array, out: readonly Float32Array[], index: number): void {
  const [first, second] = [eight[0]!, eight[1]!];
  out[0]![index] = first;
  out[1]![index] = second;
  out[2]![index] = second - first;
  out[3]![index] = -(first + second) / 2;
  out[4]![index] = first - second / 2;
  out[5]![index] = second - first / 2;
  for (let chest = 0; chest < 6; chest++) out[6 + chest]![index] = eight[2 + chest]!;
}

/** Other detectors on row (a), by the WFDB tools' own comparison, in percent: Se, +P, VEB Se, VEB +P. Only these pooled figures are known. */
export const REFERENCES: readonly (readonly [name: string, se: number, ppv: number, vebSe?: number, vebPpv?: number])[] = [
  ['gqrs', 99.74, 99.72],
  ['sqrs', 98.83, 99.36],
  ['OSEA', 99.78, 99.81, 93.64, 96.6],
];

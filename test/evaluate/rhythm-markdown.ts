/** The tables of docs/results/rhythm.md. */
type Figures = { readonly [name: string]: unknown };

/** By the WFDB tools' own comparison on row (a); the figures other detectors are given beside. */
const REFERENCES = [
  ['gqrs', '99.74', '99.72', '', ''],
  ['sqrs', '98.83', '99.36', '', ''],
  ['OSEA', '99.78', '99.81', '93.64', '96.60'],
];

const at = (figures: Figures, path: string): number => path.split('.').reduce<unknown>((value, key) => (value as Figures)[key], figures) as number;
const percent = (figures: Figures, name: string): string =>
  `${at(figures, name).toFixed(2)} (${at(figures, `${name}Low`).toFixed(2)}-${at(figures, `${name}High`).toFixed(2)})`;
const seconds = (ms: number): string => (Number.isFinite(ms) ? `${(ms / 1000).toFixed(2)} s` : 'missed');
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const beats = (name: string, f: Figures): string[] => [
  name, percent(f, 'se'), percent(f, 'ppv'), percent(f, 'vebSe'), percent(f, 'vebPpv'), `${at(f, 'falseNegatives')}`, `${at(f, 'falsePositives')}`, `${at(f, 'records')}`,
];

const fibrillation = (name: string, f: Figures): string[] => [
  name, percent(f, 'vfSensitivity'), `${at(f, 'vfSensitivityN')}`, percent(f, 'durationSensitivity'),
  Number.isNaN(at(f, 'specificTime')) ? '' : percent(f, 'specificTime'), seconds(at(f, 'onsetToAlarmMs.p50')), seconds(at(f, 'onsetToAlarmMs.max')),
];

const alarms = (name: string, f: Figures): (string | number)[] => [name, at(f, 'tp'), at(f, 'fp'), at(f, 'fn'), at(f, 'tn'), at(f, 'score').toFixed(1)];

const threeRows = <T>(title: string, f: Figures, make: (name: string, f: Figures) => T): T[] => [
  make(`${title}, all`, f), make(`${title}, even half (tuned on)`, f['evenHalf'] as Figures), make(`${title}, odd half`, f['oddHalf'] as Figures),
];

export function rhythmMarkdown(results: Figures): string {
  const mitdb = results['mitdb'] as Figures;
  const cinc = results['cinc2015'] as Figures;
  const categories = (half: Figures): [string, Figures][] => Object.entries(half['categories'] as Record<string, Figures>);
  return [
    '# Rhythm analysis without the model',
    `In ${String(results['unit'])}. Tuned on ${String(results['tuning'])}.`,
    '## Beats, mitdb from 5:00, match window 150 ms, fibrillation left out',
    table(['row', 'Se', '+P', 'VEB Se', 'VEB +P', 'missed', 'extra', 'records'], [
      ...threeRows('(a) first lead', mitdb, beats),
      ...REFERENCES.map(([name, se, ppv, vebSe, vebPpv]) => [`${name}, first lead`, se!, ppv!, vebSe!, vebPpv!, '', '', '48']),
      ...threeRows('(b) all leads', mitdb['allLeads'] as Figures, beats),
    ]),
    '## Fibrillation: episodes of 6 s and more, alarmed within 10 s of `[`',
    table(['database', 'within 10 s', 'episodes', 'duration', 'other time free of alarm', 'onset to alarm p50', 'max'], [
      ...threeRows('cudb', results['cudb'] as Figures, fibrillation),
      fibrillation('mitdb 207', results['mitdb207'] as Figures),
    ]),
    '## Asystole: flat line spliced into mitdb at 50 places, from the last QRS to the alarm',
    table(['over the line', 'p50', 'max'], ['plain', 'noise', 'pacer'].map((kind) => [
      kind, seconds(at(results, `onsetToAlarmMs.asystole.${kind}.p50`)), seconds(at(results, `onsetToAlarmMs.asystole.${kind}.max`)),
    ])),
    '## CinC 2015, public records, ECG leads only, in real time',
    table(['records', 'TP', 'FP', 'FN', 'TN', 'score'], [
      ...threeRows('pooled', cinc, alarms),
      ...categories(cinc).map(([kind, f]) => alarms(`${kind}, all`, f)),
      ...categories(cinc['oddHalf'] as Figures).map(([kind, f]) => alarms(`${kind}, odd half`, f)),
    ]),
    'The best real-time entry of the challenge scored 81.39 with pulse waveforms on a hidden set; the figures are not comparable.',
    '',
  ].join('\n\n').replace(/\n+$/, '\n');
}

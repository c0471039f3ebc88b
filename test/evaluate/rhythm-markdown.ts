/** The tables of docs/results/rhythm.md. */
import { REFERENCES } from './reference-detectors.ts';

type Figures = { readonly [name: string]: unknown };

const at = (figures: Figures, path: string): number => path.split('.').reduce<unknown>((value, key) => (value as Figures)[key], figures) as number;
/** Empty where there is no case. */
const percent = (figures: Figures, name: string): string =>
  (Number.isNaN(at(figures, name)) ? '' : `${at(figures, name).toFixed(2)} (${at(figures, `${name}Low`).toFixed(2)}-${at(figures, `${name}High`).toFixed(2)})`);
const seconds = (ms: number): string => (Number.isFinite(ms) ? `${(ms / 1000).toFixed(2)} s` : 'missed');
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const beats = (name: string, f: Figures): string[] => [
  name, percent(f, 'se'), percent(f, 'ppv'), percent(f, 'vebSe'), percent(f, 'vebPpv'), `${at(f, 'falseNegatives')}`, `${at(f, 'falsePositives')}`, `${at(f, 'records')}`,
];

const fibrillation = (name: string, f: Figures): string[] => [
  name, percent(f, 'vfSensitivity'), `${at(f, 'vfSensitivityN')}`, percent(f, 'durationSensitivity'),
  percent(f, 'specificTime'), seconds(at(f, 'onsetToAlarmMs.p50')), seconds(at(f, 'onsetToAlarmMs.max')),
];

const alarms = (name: string, f: Figures): (string | number)[] => [name, at(f, 'tp'), at(f, 'fp'), at(f, 'fn'), at(f, 'tn'),
  `${at(f, 'score').toFixed(1)} (${at(f, 'scoreLow').toFixed(1)}-${at(f, 'scoreHigh').toFixed(1)})`, ...['sensitivity', 'specificity'].map((name) => (name in f ? percent(f, name) : ''))];

const tachycardia = (name: string, f: Figures): string[] => [
  name, percent(f, 'sensitivity'), `${at(f, 'sensitivityN')}`, `${at(f, 'alarms')}`, seconds(at(f, 'onsetToAlarmMs.p50')),
  seconds(at(f, 'onsetToAlarmOfFoundMs.p50')), seconds(at(f, 'onsetToAlarmOfFoundMs.max')),
];

const atrial = (name: string, f: Figures): string[] => [name, percent(f, 'se'), percent(f, 'ppv'), percent(f, 'specificTime')];

const marked = (results: Figures): string[][] =>
  ((results['onsetToAlarmMs'] as Record<string, { marked: { records: { record: string; delayMs: number }[] } }>)['asystole']!.marked.records)
    .map(({ record, delayMs }) => [`cinc2015 ${record}`, '', seconds(delayMs)]);

function besideOthers(mitdb: Figures): string {
  const { gqrsPort, ...pooled } = mitdb['beside'] as Record<string, Record<'se' | 'ppv', Figures | string>>;
  const paired = (name: 'se' | 'ppv'): string => {
    const f = gqrsPort![name] as Figures;
    return `${at(f, 'value').toFixed(2)} (${at(f, 'low').toFixed(2)} to ${at(f, 'high').toFixed(2)}), ${String(f['verdict'])}`;
  };
  return [
    'Row (a) less gqrs as ported in the Python package wfdb 4.3.1, run on the same records, percentage points with paired bootstrap by record:',
    `Se ${paired('se')}; +P ${paired('ppv')}.`,
    'Of gqrs in C, sqrs and OSEA only the pooled figures above are known (the WFDB tools are in no package registry), so our interval is set beside them:',
    `${Object.entries(pooled).map(([name, { se, ppv }]) => `${name}: Se ${String(se)}, +P ${String(ppv)}`).join('; ')}.`,
  ].join(' ');
}

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
      ...REFERENCES.map(([name, ...figures]) => [`${name}, first lead`, ...[0, 1, 2, 3].map((i) => figures[i]?.toFixed(2) ?? ''), '', '', '48']),
      ...threeRows('(b) all leads', mitdb['allLeads'] as Figures, beats),
    ]),
    besideOthers(mitdb),
    '## Beats in noise: mitdb 118 and 119, first lead, bw and ma of nstdb in equal power, every other two minutes from 5:00',
    table(['signal to noise', 'Se', '+P', 'VEB Se', 'VEB +P', 'missed', 'extra', 'records'],
      (mitdb['noise'] as Figures[]).map((f) => beats(`${at(f, 'db')} dB`, f))),
    '## Ventricular tachycardia: 5 and more annotated ventricular beats in a row above 100 bpm, mitdb, all leads, 44 records',
    table(['records', 'alarmed', 'runs', 'alarms in all', 'first beat to alarm p50, misses infinite', 'p50 of those alarmed', 'max of those alarmed'],
      threeRows('mitdb', mitdb['ventricularTachycardia'] as Figures, tachycardia)),
    '## Atrial fibrillation: time, mitdb, all leads, 44 records, flutter left out',
    table(['records', 'Se', '+P', 'other time free of alarm'], threeRows('mitdb', mitdb['atrialFibrillation'] as Figures, atrial)),
    'Intervals alone tell fibrillation from order, not from other disorder: frequent atrial ectopy is alarmed as well.',
    '## Fibrillation: episodes of 6 s and more, alarmed within 10 s of `[`',
    table(['database', 'within 10 s', 'episodes', 'duration', 'other time free of alarm', 'onset to alarm p50', 'max'], [
      ...threeRows('cudb', results['cudb'] as Figures, fibrillation),
      fibrillation('mitdb 207', results['mitdb207'] as Figures),
    ]),
    '## Asystole: from the last QRS to the alarm; a flat line spliced into mitdb at 50 places, and the true alarms of cinc2015 marked by hand',
    table(['over the line', 'p50', 'max'], ['plain', 'noise', 'pacer'].map((kind) => [
      kind, seconds(at(results, `onsetToAlarmMs.asystole.${kind}.p50`)), seconds(at(results, `onsetToAlarmMs.asystole.${kind}.max`)),
    ]).concat(marked(results))),
    '## CinC 2015, public records, ECG leads only, in real time',
    table(['records', 'TP', 'FP', 'FN', 'TN', 'score (bootstrap)', 'sensitivity (Wilson)', 'specificity (Wilson)'], [
      ...threeRows('pooled', cinc, alarms),
      ...categories(cinc).map(([kind, f]) => alarms(`${kind}, all`, f)),
      ...categories(cinc['oddHalf'] as Figures).map(([kind, f]) => alarms(`${kind}, odd half`, f)),
    ]),
    '## CinC 2015 by one lead alone, or under noise of nstdb (a sine as high as a beat stands so many dB above it)',
    table(['seen', 'TP', 'FP', 'FN', 'TN', 'score (bootstrap)'], [{ ...cinc, name: 'all leads' }, ...(cinc['variations'] as (Figures & { name: string })[])].flatMap((f: Figures & { name: string }) =>
      threeRows(f.name, f, alarms).slice(1).map((cells) => cells.slice(0, -2)))),
    'The best real-time entry of the challenge scored 81.39 with pulse waveforms on a hidden set; the figures are not comparable.',
    '',
  ].join('\n\n').replace(/\n+$/, '\n');
}

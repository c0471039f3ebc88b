/**
 * The findings a ward watches for: what goes into a model's label bank. ST elevation and pre-excitation are left out: the quick
 * model told them from others hardly better than chance (fold 9).
 */
import { STATEMENT_PROMPTS } from './prompts.ts';

export interface MonitorLabel {
  readonly id: string;
  readonly name: string;
  readonly kind: 'rhythm' | 'diagnostic' | 'form';
  readonly prompts: readonly string[];
  /** PTB-XL statements that count as this finding when a method or threshold is chosen on fold 9; never in training. */
  readonly statements: readonly string[];
  /** Raises an alarm. Only where fold 9 shows that it can. */
  readonly alarm?: {
    readonly priority: 'medium' | 'low';
    readonly dwellMs: number;
    /** Statements for which this alarm is no false one, beside the label's own. */
    readonly alsoRight: readonly string[];
  };
}

const ofStatements = (...codes: string[]): Pick<MonitorLabel, 'prompts' | 'statements'> => ({
  prompts: codes.flatMap((code) => STATEMENT_PROMPTS[code]!),
  statements: codes,
});

/** An arrhythmia that lasts is a finding; a run of noise or a burst of extrasystoles should be over by then. */
const ARRHYTHMIA_DWELL_MS = 30_000;

export const MONITOR_LABELS: readonly MonitorLabel[] = [
  { id: 'sinus-rhythm', name: 'Sinus rhythm', kind: 'rhythm', ...ofStatements('SR') },
  { id: 'sinus-tachycardia', name: 'Sinus tachycardia', kind: 'rhythm', ...ofStatements('STACH') },
  { id: 'sinus-bradycardia', name: 'Sinus bradycardia', kind: 'rhythm', ...ofStatements('SBRAD') },
  { id: 'sinus-arrhythmia', name: 'Sinus arrhythmia', kind: 'rhythm', ...ofStatements('SARRH') },
  { id: 'atrial-fibrillation', name: 'Atrial fibrillation', kind: 'rhythm', ...ofStatements('AFIB'), 
    alarm: { priority: 'medium', dwellMs: ARRHYTHMIA_DWELL_MS, alsoRight: ['AFLT'] } },
  { id: 'atrial-flutter', name: 'Atrial flutter', kind: 'rhythm', ...ofStatements('AFLT') },
  { id: 'supraventricular-tachycardia', name: 'Supraventricular tachycardia', kind: 'rhythm', ...ofStatements('SVTAC', 'PSVT') },
  { id: 'paced-rhythm', name: 'Paced rhythm', kind: 'rhythm', ...ofStatements('PACE') },
  { id: 'bigeminy', name: 'Bigeminy', kind: 'rhythm', ...ofStatements('BIGU') },
  { id: 'ventricular-premature-beats', name: 'Premature ventricular beats', kind: 'form', ...ofStatements('PVC') },
  { id: 'supraventricular-premature-beats', name: 'Premature supraventricular beats', kind: 'form', ...ofStatements('PAC') },
  { id: 'first-degree-av-block', name: 'First degree AV block', kind: 'diagnostic', ...ofStatements('1AVB') },
  { id: 'complete-heart-block', name: 'Complete heart block', kind: 'diagnostic', ...ofStatements('3AVB') },
  { id: 'left-bundle-branch-block', name: 'Left bundle branch block', kind: 'diagnostic', ...ofStatements('CLBBB') },
  { id: 'right-bundle-branch-block', name: 'Right bundle branch block', kind: 'diagnostic', ...ofStatements('CRBBB') },
  { id: 'incomplete-right-bundle-branch-block', name: 'Incomplete right bundle branch block', kind: 'diagnostic', ...ofStatements('IRBBB') },
  { id: 'left-anterior-fascicular-block', name: 'Left anterior fascicular block', kind: 'diagnostic', ...ofStatements('LAFB') },
  { id: 'inferior-infarction', name: 'Inferior myocardial infarction', kind: 'diagnostic', ...ofStatements('IMI') },
  { id: 'anterior-infarction', name: 'Anterior myocardial infarction', kind: 'diagnostic', ...ofStatements('AMI', 'ASMI') },
  { id: 'ischemia', name: 'Ischaemic ST-T changes', kind: 'diagnostic', ...ofStatements('ISC_', 'ISCAL') },
  { id: 'st-depression', name: 'ST depression', kind: 'form', ...ofStatements('STD_') },
  { id: 'inverted-t-waves', name: 'Inverted T waves', kind: 'form', ...ofStatements('INVT') },
  { id: 'long-qt', name: 'Long QT interval', kind: 'diagnostic', ...ofStatements('LNGQT') },
  { id: 'left-ventricular-hypertrophy', name: 'Left ventricular hypertrophy', kind: 'diagnostic', ...ofStatements('LVH') },
  { id: 'right-ventricular-hypertrophy', name: 'Right ventricular hypertrophy', kind: 'diagnostic', ...ofStatements('RVH') },
  { id: 'left-atrial-enlargement', name: 'Left atrial enlargement', kind: 'diagnostic', ...ofStatements('LAO/LAE') },
  { id: 'low-voltage', name: 'Low QRS voltage', kind: 'form', ...ofStatements('LVOLT') },
  { id: 'normal-ecg', name: 'Normal ECG', kind: 'diagnostic', ...ofStatements('NORM') },
];

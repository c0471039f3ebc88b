import { ALARM_GROUPS, type AlarmGroup } from '../../../ecg/alarm.ts';
import type { RhythmLimits } from '../../../ecg/rhythm.ts';
import type { CommandReply, PersonCommand } from '../../wire.ts';
import { bedName } from '../format.ts';
import { refusalText, texts } from '../text/texts.ts';
import type { BedView } from '../ward-store.ts';
import { openDialog } from './dialogs.ts';
import { el, setHidden, setText } from './dom.ts';

/** The limits in the order in which a person reads them, with the unit they are set in. */
const LIMITS: readonly (readonly [name: keyof RhythmLimits, unit: keyof typeof texts.limits.units])[] = [
  ['heartRateHighBpm', 'bpm'], ['heartRateLowBpm', 'bpm'],
  ['extremeTachycardiaBpm', 'bpm'], ['extremeTachycardiaBeats', 'beats'],
  ['extremeBradycardiaBpm', 'bpm'], ['extremeBradycardiaBeats', 'beats'],
  ['ventricularTachycardiaBpm', 'bpm'], ['ventricularTachycardiaBeats', 'beats'],
  ['asystoleMs', 'seconds'], ['fibrillationMs', 'seconds'],
  ['pauseMs', 'seconds'], ['atrialFibrillationMs', 'seconds'],
  ['ventricularRunBeats', 'beats'], ['ventricularBeatsPerMinute', 'perMinute'],
  ['bigeminyCycles', 'pairs'],
];
/** As long as the server keeps (stream/alarm/commands.ts). */
const MAX_REASON = '200';

export interface LimitsActions {
  /** The bed as it stands now. */
  readonly view: () => BedView | undefined;
  readonly send: (command: PersonCommand) => Promise<CommandReply>;
  /** False for a viewer, who sees the limits and can change none. */
  readonly mayAct: boolean;
}

/** Limits of one bed and its groups of alarms, on or off: shown to everybody, changed by who may, with a reason that is kept. */
export function limitsDialog(bed: string, { view, send, mayAct }: LimitsActions): void {
  const limits = view()?.snapshot.limits;
  const error = el('p', { role: 'alert', class: 'wrong' });
  const reason = el('input', { type: 'text', maxlength: MAX_REASON, autocomplete: 'off' });
  const inputs = LIMITS.map(([name, unit]) => {
    const factor = unit === 'seconds' ? 1000 : 1;
    const input = el('input', { type: 'number', step: unit === 'seconds' ? '0.5' : '1', min: '1', name, required: '', ...(mayAct ? {} : { disabled: '' }) });
    input.value = limits ? String(limits.rhythm[name] / factor) : '';
    return { name, input, factor, row: el('label', {}, el('span', {}, texts.limits.names[name]), input, el('span', { class: 'unit' }, texts.limits.units[unit])) };
  });
  const attempt = async (command: PersonCommand): Promise<boolean> => {
    const reply = await send({ ...command, ...(reason.value.trim() === '' ? {} : { reason: reason.value.trim() }) });
    setText(error, reply.ok ? '' : texts.commandFailed(refusalText(reply)));
    return reply.ok;
  };

  const groups = ALARM_GROUPS.map((group) => {
    const state = el('span', { class: 'group-state' });
    const button = el('button', { type: 'button' });
    const show = (): void => {
      const off = offAt(view(), group);
      setText(state, off ? texts.limits.offBy(off.by, off.reason) : texts.limits.on);
      setText(button, off ? texts.limits.turnOn : texts.limits.turnOff);
      button.setAttribute('aria-label', `${button.textContent}: ${texts.limits.groups[group]}`);
    };
    button.addEventListener('click', () => {
      const off = offAt(view(), group) === undefined;
      if (off && reason.value.trim() === '') {
        setText(error, texts.limits.reasonWanted);
        reason.focus();
      } else void attempt({ type: 'alarmOff', bed, group, off }).then((done) => done && dialog.close());
    });
    show();
    setHidden(button, !mayAct);
    return el('li', { 'data-group': group }, el('span', { class: 'group-name' }, texts.limits.groups[group]), state, button);
  });

  const close = el('button', { type: 'button' }, mayAct ? texts.cancel : texts.close);
  const save = el('button', { type: 'submit' }, texts.save);
  setHidden(save, !mayAct);
  const form = el('form', {},
    el('h2', {}, `${texts.limits.title}, ${bedName(bed)}`),
    ...(limits ? [] : [el('p', { class: 'quiet' }, texts.limits.unknown)]),
    ...(mayAct ? [] : [el('p', { class: 'quiet' }, texts.limits.mayNot)]),
    el('div', { class: 'limits' }, ...inputs.map(({ row }) => row)),
    el('h3', {}, texts.limits.groupsTitle), el('ul', { class: 'groups' }, ...groups),
    ...(mayAct ? [el('label', {}, el('span', {}, texts.limits.reason), reason)] : []),
    error, el('div', { class: 'dialog-buttons' }, close, save));
  const dialog = el('dialog', { class: 'dialog dialog-limits', 'data-dialog': 'limits', 'aria-label': texts.limits.title }, form);
  close.addEventListener('click', () => dialog.close());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const changed = inputs.filter(({ name, input, factor }) => input.valueAsNumber * factor !== limits?.rhythm[name]);
    if (changed.length === 0) return dialog.close();
    const rhythm: Partial<RhythmLimits> = Object.fromEntries(changed.map(({ name, input, factor }) => [name, input.valueAsNumber * factor]));
    void attempt({ type: 'setLimits', bed, limits: { rhythm } }).then((done) => done && dialog.close());
  });
  openDialog(dialog);
}

const offAt = (view: BedView | undefined, group: AlarmGroup): { by: string; reason: string } | undefined =>
  view?.numerics.alarmsOff?.find((off) => off.group === group);

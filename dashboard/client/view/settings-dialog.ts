import { DISPLAY_GAINS, SWEEP_SPEEDS, THEMES, type Settings } from '../settings.ts';
import { LANGUAGES, languageName, texts } from '../text/texts.ts';
import { openDialog } from './dialogs.ts';
import { el } from './dom.ts';

/** Everything a person may choose for this browser, in one place that a phone has room for too. */
export function settingsDialog(now: Settings, change: (settings: Partial<Settings>) => void, calibrate: () => void): void {
  const done = el('button', { type: 'button' }, texts.close);
  const calibrateButton = el('button', { type: 'button' }, texts.calibrate);
  const dialog = el('dialog', { class: 'dialog dialog-settings', 'data-dialog': 'settings', 'aria-label': texts.settings },
    el('h2', {}, texts.settings),
    field(texts.speed, SWEEP_SPEEDS.map((speed) => [speed, `${speed} ${texts.mmPerS}`]), now.sweepSpeed, (sweepSpeed) => change({ sweepSpeed })),
    field(texts.gain, DISPLAY_GAINS.map((gain) => [gain, `${gain} ${texts.mmPerMv}`]), now.displayGain, (displayGain) => change({ displayGain })),
    field(texts.themeLabel, THEMES.map((theme) => [theme, texts.theme[theme]]), now.theme, (theme) => change({ theme })),
    field(texts.language, [['browser', texts.languageOfBrowser], ...LANGUAGES.map((language) => [language, languageName(language)] as const)], now.language, (language) => {
      dialog.close();
      change({ language });
    }),
    el('div', { class: 'dialog-buttons' }, calibrateButton, done));
  done.addEventListener('click', () => dialog.close());
  calibrateButton.addEventListener('click', () => {
    dialog.close();
    calibrate();
  });
  openDialog(dialog);
}

function field<T extends string | number>(label: string, values: readonly (readonly [value: T, text: string])[], now: T, chosen: (value: T) => void): HTMLElement {
  const select = el('select', {}, ...values.map(([value, text]) => el('option', { value: String(value) }, text)));
  select.value = String(now);
  select.addEventListener('change', () => chosen(values[select.selectedIndex]![0]));
  return el('label', {}, el('span', {}, label), select);
}

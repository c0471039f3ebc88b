import { el, setHidden } from '../view/dom.ts';

/** Panels of which one shows, and the buttons that choose it; arrows go from button to button. */
export class Tabs {
  readonly bar = el('div', { class: 'choices', role: 'tablist' });
  readonly panels: readonly HTMLElement[];
  readonly #buttons: readonly HTMLButtonElement[];

  constructor(tabs: readonly { readonly id: string; readonly title: string; readonly panel: HTMLElement }[]) {
    this.panels = tabs.map(({ panel }) => panel);
    this.#buttons = tabs.map(({ id, title, panel }, i) => {
      const button = el('button', { type: 'button', role: 'tab', id: `tab-${id}`, 'aria-controls': `panel-${id}` }, title);
      panel.id = `panel-${id}`;
      panel.setAttribute('role', 'tabpanel');
      panel.setAttribute('aria-labelledby', button.id);
      button.addEventListener('click', () => this.open(i));
      return button;
    });
    this.bar.append(...this.#buttons);
    this.bar.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
      event.stopPropagation();
      const next = (this.#buttons.findIndex((button) => button === document.activeElement) + (event.key === 'ArrowRight' ? 1 : -1) + tabs.length) % tabs.length;
      this.open(next);
      this.#buttons[next]!.focus();
    });
    this.open(0);
  }

  open(chosen: number): void {
    this.#buttons.forEach((button, i) => {
      button.setAttribute('aria-selected', String(i === chosen));
      button.tabIndex = i === chosen ? 0 : -1;
      setHidden(this.panels[i]!, i !== chosen);
    });
  }
}

import { texts } from '../text/texts.ts';
import { el, setHidden, setText } from '../view/dom.ts';

interface Point {
  /** CSS px from the upper left of the paper. */
  readonly x: number;
  readonly y: number;
}

/** One press of an arrow key, s and uV. */
const STEP_S = 0.01;
const STEP_UV = 50;
/** Where calipers stand that the keyboard sets: a second apart, half a millivolt high. */
const FIRST_S = 1;
const FIRST_UV = 500;
/** A drag shorter than this, px, is a click, which clears. */
const CLICK_PX = 3;

/** Two corners on paper and what lies between them: time, voltage, and the rate at which it would repeat. */
export class Calipers {
  readonly element: HTMLElement;
  readonly #text = el('output', { class: 'calipers-text' });
  #pxPerS = 1;
  #pxPerUv = 1;
  #from: Point | undefined;
  #to: Point | undefined;

  constructor() {
    this.element = el('div', { class: 'calipers', hidden: '' }, this.#text);
  }

  /** Sets how much a pixel is; what was measured on another scale goes. */
  scale(pxPerS: number, pxPerUv: number): void {
    this.#pxPerS = pxPerS;
    this.#pxPerUv = pxPerUv;
    this.#set(undefined, undefined);
  }

  listenTo(paper: HTMLElement): void {
    let dragging = false;
    const at = (event: PointerEvent): Point => {
      const box = paper.getBoundingClientRect();
      return { x: event.clientX - box.left + paper.scrollLeft, y: event.clientY - box.top + paper.scrollTop };
    };
    paper.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      dragging = true;
      paper.setPointerCapture(event.pointerId);
      this.#set(at(event), undefined);
    });
    paper.addEventListener('pointermove', (event) => {
      if (dragging) this.#set(this.#from, at(event));
    });
    paper.addEventListener('pointerup', (event) => {
      dragging = false;
      const to = at(event);
      if (!this.#from || Math.hypot(to.x - this.#from.x, to.y - this.#from.y) < CLICK_PX) this.#set(undefined, undefined);
    });
    paper.addEventListener('keydown', (event) => {
      if (event.key === 'c') {
        const middle = { x: paper.clientWidth / 2, y: paper.clientHeight / 2 };
        if (this.#from) this.#set(undefined, undefined);
        else this.#set(middle, { x: middle.x + FIRST_S * this.#pxPerS, y: middle.y - FIRST_UV * this.#pxPerUv });
      } else if (event.key.startsWith('Arrow') && this.#from && this.#to) this.#move(event.key, event.shiftKey);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  #move(key: string, beginning: boolean): void {
    const dx = (key === 'ArrowLeft' ? -1 : key === 'ArrowRight' ? 1 : 0) * STEP_S * this.#pxPerS;
    const dy = (key === 'ArrowUp' ? -1 : key === 'ArrowDown' ? 1 : 0) * STEP_UV * this.#pxPerUv;
    const moved = ({ x, y }: Point): Point => ({ x: x + dx, y: y + dy });
    this.#set(beginning ? moved(this.#from!) : this.#from, beginning ? this.#to : moved(this.#to!));
  }

  #set(from: Point | undefined, to: Point | undefined): void {
    this.#from = from;
    this.#to = to;
    setHidden(this.element, !from || !to);
    if (!from || !to) return;
    const { style } = this.element;
    style.left = `${Math.min(from.x, to.x)}px`;
    style.top = `${Math.min(from.y, to.y)}px`;
    style.width = `${Math.abs(to.x - from.x)}px`;
    style.height = `${Math.abs(to.y - from.y)}px`;
    const seconds = Math.abs(to.x - from.x) / this.#pxPerS;
    const mv = (from.y - to.y) / this.#pxPerUv / 1000;
    const bpm = seconds > 0.1 ? (60 / seconds).toFixed(0) : '–';
    setText(this.#text, texts.review.measured((seconds * 1000).toFixed(0), mv.toFixed(2).replace('-', '−'), bpm));
  }
}

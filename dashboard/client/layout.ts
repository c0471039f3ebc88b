/** How to cut a screen into beds. */

export interface WardGrid {
  readonly columns: number;
  readonly rows: number;
  readonly cardWidth: number;
  readonly cardHeight: number;
}

/** What a card needs beside its strip at a size; the CSS container queries of card.css keep to the same steps. */
export const isWide = (width: number, height: number): boolean => width >= 600 && height >= 150;
const sidePaneWidth = (width: number, height: number): number => (isWide(width, height) ? Math.min(256, width * 0.32) : Math.min(120, width * 0.3));
const chromeHeight = (height: number): number => (height >= 150 ? 58 : 28);
/** A strip this long (s) and tall (mm: 2 mV) is as good as a monitor's; beyond it more size adds little. */
const GOOD_SECONDS = 6;
const GOOD_HEIGHT_MM = 20;
/** Worth of a card large enough to show everything. */
const WIDE_BONUS = 1.25;
const SWEEP_MM_PER_S = 25;
/** Below this height a card cannot be read; the ward scrolls instead. */
export const MIN_CARD_HEIGHT = 64;

/** The grid in which `beds` cards of a `width` x `height` px stage show the most trace. */
export function wardGrid(beds: number, width: number, height: number, gap: number, pxPerMm: number): WardGrid {
  let best: WardGrid = { columns: 1, rows: Math.max(1, beds), cardWidth: width, cardHeight: MIN_CARD_HEIGHT };
  let bestScore = -1;
  for (let columns = 1; columns <= Math.max(1, beds); columns++) {
    const rows = Math.max(1, Math.ceil(beds / columns));
    const cardWidth = (width - gap * (columns - 1)) / columns;
    const cardHeight = Math.max(MIN_CARD_HEIGHT, (height - gap * (rows - 1)) / rows);
    if (cardWidth < 150 && columns > 1) break;
    const seconds = (cardWidth - sidePaneWidth(cardWidth, cardHeight)) / pxPerMm / SWEEP_MM_PER_S;
    const heightMm = (cardHeight - chromeHeight(cardHeight)) / pxPerMm;
    const scrolls = cardHeight * rows + gap * (rows - 1) > height + 1;
    const filled = beds / (columns * rows);
    const bonus = (isWide(cardWidth, cardHeight) ? WIDE_BONUS : 1) / (scrolls ? 10 : 1);
    const score = saturate(seconds / GOOD_SECONDS) * saturate(heightMm / GOOD_HEIGHT_MM) * filled * bonus;
    if (score > bestScore) {
      bestScore = score;
      best = { columns, rows, cardWidth, cardHeight };
    }
  }
  return best;
}

// Full marks at 1, and a little more beyond, so that of two good cuts the larger strips win.
const saturate = (ratio: number): number => Math.min(1, ratio) + 0.05 * Math.log2(Math.max(1, ratio));

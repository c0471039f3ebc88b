/** From a score to a probability, by two numbers fitted on labelled ECGs: Platt's scaling. */

/** Probability = logistic(slope x score + offset). */
export interface Platt {
  readonly slope: number;
  readonly offset: number;
}

export const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

export const probabilityOf = (score: number, { slope, offset }: Platt): number => logistic(slope * score + offset);

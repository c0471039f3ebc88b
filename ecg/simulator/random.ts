/** Seeded random numbers, so that a simulated patient is the same every time. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Normal, mean 0, standard deviation 1. */
  normal(): number;
}

/** Tommy Ettinger's mulberry32 (2017, public domain): 32 bits of state, plenty for signals; Box and Muller (1958) for the normal. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  let spare: number | undefined;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    normal() {
      if (spare !== undefined) {
        const kept = spare;
        spare = undefined;
        return kept;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
  };
}

/** A value that wanders smoothly around 0 with standard deviation about 1: an Ornstein-Uhlenbeck process, low-passed once. */
export class Wander {
  readonly #random: Random;
  readonly #pull: number;
  readonly #kick: number;
  #rough = 0;
  #smooth = 0;

  /** @param timeConstant seconds over which the value forgets itself @param dt seconds between two steps */
  constructor(random: Random, timeConstant: number, dt: number) {
    this.#random = random;
    this.#pull = dt / timeConstant;
    // 2: the stationary variance of both stages together is half that of the first.
    this.#kick = Math.sqrt(2 * 2 * this.#pull);
  }

  next(): number {
    this.#rough += -this.#rough * this.#pull + this.#kick * this.#random.normal();
    this.#smooth += (this.#rough - this.#smooth) * this.#pull;
    return this.#smooth;
  }
}

/** Limited-memory BFGS (Nocedal & Wright, Numerical Optimization, algorithm 7.4), for functions of some hundred unknowns. */

const MEMORY = 10;
/** Sufficient decrease (Armijo), and how often a step is halved before the search gives up. */
const DECREASE = 1e-4;
const HALVINGS = 30;

/** Writes the gradient at `x` into `gradient` and returns the value there. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

/** @returns the lowest point found from `start` within so many iterations */
export function minimise(objective: Objective, start: Float64Array, iterations: number): Float64Array {
  const n = start.length;
  let x = start.slice();
  let gradient = new Float64Array(n);
  let value = objective(x, gradient);
  const pairs: { step: Float64Array; change: Float64Array; rho: number }[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    const direction = descent(gradient, pairs);
    const slope = dot(direction, gradient);
    if (!(slope < 0)) break;
    let length = iteration === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    const next = new Float64Array(n);
    const nextGradient = new Float64Array(n);
    let nextValue = Infinity;
    let halvings = 0;
    for (; halvings < HALVINGS; halvings++, length /= 2) {
      for (let i = 0; i < n; i++) next[i] = x[i]! + length * direction[i]!;
      nextValue = objective(next, nextGradient);
      if (nextValue <= value + DECREASE * length * slope) break;
    }
    if (halvings === HALVINGS) break;
    const step = next.map((own, i) => own - x[i]!);
    const change = nextGradient.map((own, i) => own - gradient[i]!);
    const curvature = dot(step, change);
    if (curvature > 1e-12) pairs.push({ step, change, rho: 1 / curvature });
    if (pairs.length > MEMORY) pairs.shift();
    x = next;
    gradient = nextGradient;
    value = nextValue;
  }
  return x;
}

/** The two-loop recursion. */
function descent(gradient: Float64Array, pairs: readonly { step: Float64Array; change: Float64Array; rho: number }[]): Float64Array {
  const q = gradient.map((value) => -value);
  const alphas: number[] = [];
  for (const { step, change, rho } of [...pairs].reverse()) {
    const alpha = rho * dot(step, q);
    alphas.unshift(alpha);
    for (let i = 0; i < q.length; i++) q[i] = q[i]! - alpha * change[i]!;
  }
  const last = pairs[pairs.length - 1];
  if (last) {
    const scale = 1 / (last.rho * dot(last.change, last.change));
    for (let i = 0; i < q.length; i++) q[i] = q[i]! * scale;
  }
  pairs.forEach(({ step, change, rho }, k) => {
    const beta = rho * dot(change, q);
    for (let i = 0; i < q.length; i++) q[i] = q[i]! + (alphas[k]! - beta) * step[i]!;
  });
  return q;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

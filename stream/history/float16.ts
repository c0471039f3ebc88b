/** IEEE 754 half precision: what embeddings and scores are kept in. Rounds to nearest, ties to even. */

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);
/** Beyond this a half is infinite: 65,504 and half a step. */
const OVERFLOW = 65_520;
const SMALLEST_NORMAL = 2 ** -14;
const SUBNORMAL_STEP = 2 ** -24;

export function toHalf(value: number): number {
  scratch[0] = value;
  const bits = scratchBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= OVERFLOW) return sign | 0x7c00;
  if (size < SMALLEST_NORMAL) return sign | roundToEven(size / SUBNORMAL_STEP);
  const exponent = ((bits >>> 23) & 0xff) - 112;
  const mantissa = bits & 0x7fffff;
  // A mantissa that rounds up to 1024 carries into the exponent by itself.
  return sign | ((exponent << 10) + roundToEven(mantissa / 2 ** 13));
}

export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return mantissa ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? mantissa * SUBNORMAL_STEP : (1 + mantissa / 1024) * 2 ** (exponent - 15));
}

export const toHalves = (values: ArrayLike<number>): Uint16Array => Uint16Array.from(values, toHalf);
export const fromHalves = (halves: ArrayLike<number>): Float32Array => Float32Array.from(halves, fromHalf);

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/**
 * Where a finding stands among those of the last hour, at its bed and in the ward: the only honest scale of a label that
 * nobody has calibrated. One embedding every ten seconds is kept for each bed (windows that overlap say the same again), so
 * that a label typed now has its percentiles now. 360 embeddings of 128 numbers a bed are 184 KB.
 */
import { dot } from '../../models/vectors.ts';

export const LAST_HOUR_MS = 3_600_000;
const EVERY_MS = 10_000;
/** Hops of 2 s do not meet ten seconds to the millisecond. */
const TOLERANCE_MS = 1000;
const KEPT = LAST_HOUR_MS / EVERY_MS;
/** Cosines are counted in bins of 1/256. */
const BINS = 512;
/** Labels that are counted at one time; the one asked for longest ago makes room. */
const MAX_LABELS = 256;
/** Fewer segments than this make no percentile: one minute. */
const ENOUGH = 6;

export interface Percentiles {
  /** 0 to 100; undefined where too little is known. */
  readonly bed: number | undefined;
  readonly ward: number | undefined;
}

interface BedHour {
  readonly atMs: Float64Array;
  /** [KEPT][dimension] */
  readonly embeddings: Float32Array;
  /** Slot of the oldest. */
  first: number;
  count: number;
}

interface LabelCount {
  readonly direction: Float32Array;
  readonly ward: Uint32Array;
  /** Per bed: bin of each slot, and how many are in each bin. */
  readonly beds: Map<string, { readonly bins: Uint16Array; readonly counts: Uint16Array }>;
}

const binOf = (cosine: number): number => Math.max(0, Math.min(BINS - 1, Math.floor(((cosine + 1) / 2) * BINS)));

export class LastHour {
  #dimension: number;
  readonly #beds = new Map<string, BedHour>();
  readonly #labels = new Map<string, LabelCount>();

  constructor(dimension: number) {
    this.#dimension = dimension;
  }

  /** Another model: what its predecessor embedded does not compare. */
  begin(dimension: number): void {
    this.#dimension = dimension;
    this.#beds.clear();
    this.#labels.clear();
  }

  /** False where the bed's last kept segment is too near, or newer. */
  wants(bed: string, atMs: number): boolean {
    const hour = this.#beds.get(bed);
    return !hour || hour.count === 0 || atMs - hour.atMs[(hour.first + hour.count - 1) % KEPT]! >= EVERY_MS - TOLERANCE_MS;
  }

  /** A segment of a bed; what `wants` refuses is passed over. */
  note(bed: string, atMs: number, embedding: Float32Array): void {
    for (const [name, hour] of this.#beds) this.#expire(name, hour, atMs);
    if (!this.wants(bed, atMs)) return;
    const hour = this.#beds.get(bed) ?? this.#beginBed(bed);
    if (hour.count === KEPT) this.#removeOldest(bed, hour);
    const slot = (hour.first + hour.count++) % KEPT;
    hour.atMs[slot] = atMs;
    hour.embeddings.set(embedding, slot * this.#dimension);
    for (const label of this.#labels.values()) this.#count(label, bed, hour, slot);
  }

  /** @param direction of the label, [dimension]; another than before begins its count anew @param cosine of the segment asked about */
  percentiles(label: string, direction: Float32Array, bed: string, cosine: number): Percentiles {
    const count = this.#countOf(label, direction);
    const bin = binOf(cosine);
    return { bed: percentile(count.beds.get(bed)?.counts, bin), ward: percentile(count.ward, bin) };
  }

  #beginBed(bed: string): BedHour {
    const hour: BedHour = { atMs: new Float64Array(KEPT), embeddings: new Float32Array(KEPT * this.#dimension), first: 0, count: 0 };
    this.#beds.set(bed, hour);
    return hour;
  }

  #expire(bed: string, hour: BedHour, now: number): void {
    while (hour.count > 0 && now - hour.atMs[hour.first]! > LAST_HOUR_MS) this.#removeOldest(bed, hour);
    if (hour.count > 0) return;
    this.#beds.delete(bed);
    for (const { beds } of this.#labels.values()) beds.delete(bed);
  }

  #removeOldest(bed: string, hour: BedHour): void {
    for (const { ward, beds } of this.#labels.values()) {
      const ofBed = beds.get(bed);
      if (!ofBed) continue;
      const bin = ofBed.bins[hour.first]!;
      ofBed.counts[bin]!--;
      ward[bin]!--;
    }
    hour.first = (hour.first + 1) % KEPT;
    hour.count--;
  }

  #countOf(label: string, direction: Float32Array): LabelCount {
    const known = this.#labels.get(label);
    this.#labels.delete(label);
    const count = known?.direction === direction ? known : this.#countAll(direction);
    this.#labels.set(label, count); // last in the map: asked for last
    if (this.#labels.size > MAX_LABELS) this.#labels.delete(this.#labels.keys().next().value!);
    return count;
  }

  #countAll(direction: Float32Array): LabelCount {
    const label: LabelCount = { direction, ward: new Uint32Array(BINS), beds: new Map() };
    for (const [bed, hour] of this.#beds) {
      for (let i = 0; i < hour.count; i++) this.#count(label, bed, hour, (hour.first + i) % KEPT);
    }
    return label;
  }

  #count({ direction, ward, beds }: LabelCount, bed: string, hour: BedHour, slot: number): void {
    const ofBed = beds.get(bed) ?? { bins: new Uint16Array(KEPT), counts: new Uint16Array(BINS) };
    beds.set(bed, ofBed);
    const bin = binOf(dot(hour.embeddings, slot * this.#dimension, direction, 0, this.#dimension));
    ofBed.bins[slot] = bin;
    ofBed.counts[bin]!++;
    ward[bin]!++;
  }
}

/** Share of the counted that lies below, half of the same bin included. */
function percentile(counts: ArrayLike<number> | undefined, bin: number): number | undefined {
  if (!counts) return undefined;
  let below = 0;
  let all = 0;
  for (let i = 0; i < BINS; i++) {
    if (i < bin) below += counts[i]!;
    all += counts[i]!;
  }
  return all < ENOUGH ? undefined : (100 * (below + counts[bin]! / 2)) / all;
}

/**
 * Lead names, and the algebra of the limb leads.
 * Names follow SCP-ECG/AHA spelling; `canonicalLead` accepts the spellings found in the field.
 */
export const STANDARD_LEADS = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'] as const;
export type StandardLead = (typeof STANDARD_LEADS)[number];

/**
 * Monitoring leads that are not one of the twelve but lie close to one: the modified limb lead II of the
 * MIT-BIH recordings is read as II by every consumer that wants standard leads, and shown under its own name.
 * `ECG` is an unnamed single lead (cudb, many hobby boards) and counts as II, the usual monitoring lead; `V` is the one
 * chest electrode of a five-wire cable, whose place nobody wrote down (cinc2015), and counts as V1, its usual place.
 */
const NEAREST_STANDARD: Readonly<Record<string, StandardLead>> = {
  MLI: 'I',
  MLII: 'II',
  MLIII: 'III',
  ML2: 'II',
  MCL1: 'V1',
  MCL: 'V1',
  MCL6: 'V6',
  V: 'V1',
  MV1: 'V1',
  MV2: 'V2',
  MV5: 'V5',
  CM5: 'V5',
  ECG: 'II',
  ECG1: 'II',
};

const STANDARD_BY_UPPER: ReadonlyMap<string, StandardLead> = new Map(
  STANDARD_LEADS.map((lead) => [lead.toUpperCase(), lead]),
);

/** The bipolar leads of the EASI system (easi.ts); none of them lies near a standard lead. */
const EASI: ReadonlySet<string> = new Set(['ES', 'AS', 'AI']);

export type Lead = string;

const key = (name: string): string => name.trim().replace(/^(ECG[ _]?)?LEAD[ _]?/i, '').toUpperCase();

/** The lead under its usual spelling (`avr` -> `aVR`, `lead ii` -> `II`), or undefined where it is no ECG lead we know. */
export function canonicalLead(name: string): Lead | undefined {
  const wanted = key(name);
  return STANDARD_BY_UPPER.get(wanted) ?? (wanted in NEAREST_STANDARD || EASI.has(wanted) ? wanted : undefined);
}

/** The standard lead that `lead` is, or lies nearest to (`MLII` -> `II`). */
export function nearestStandardLead(lead: Lead): StandardLead | undefined {
  const wanted = key(lead);
  return STANDARD_BY_UPPER.get(wanted) ?? NEAREST_STANDARD[wanted];
}

/** One lead written as a weighted sum of two recorded ones. */
export interface LeadDerivation {
  readonly lead: StandardLead;
  readonly from: readonly [number, number];
  readonly weight: readonly [number, number];
}

/** I and II written in terms of each pair of limb leads; every limb lead is a combination of these two (Einthoven, Goldberger). */
const LIMB_IN_I_II: Readonly<Record<string, readonly [number, number]>> = {
  I: [1, 0],
  II: [0, 1],
  III: [-1, 1],
  aVR: [-0.5, -0.5],
  aVL: [1, -0.5],
  aVF: [-0.5, 1],
};

/**
 * The limb leads that can be computed exactly from those present, each from the first two limb leads in `leads`.
 * With fewer than two limb leads nothing can be derived. `from` holds indices into `leads`.
 */
export function derivableLimbLeads(leads: readonly Lead[]): LeadDerivation[] {
  const limb = leads
    .map((lead, index) => ({ lead: nearestStandardLead(lead), index }))
    .filter((entry): entry is { lead: StandardLead; index: number } => entry.lead !== undefined && entry.lead in LIMB_IN_I_II);
  const [a, b] = distinct(limb);
  if (!a || !b) return [];
  const [a1, a2] = LIMB_IN_I_II[a.lead]!;
  const [b1, b2] = LIMB_IN_I_II[b.lead]!;
  const determinant = a1 * b2 - a2 * b1;
  const present = new Set(limb.map((entry) => entry.lead));
  return STANDARD_LEADS.slice(0, 6)
    .filter((lead) => !present.has(lead))
    .map((lead) => {
      const [x, y] = LIMB_IN_I_II[lead]!;
      // Solve w1*(a1,a2) + w2*(b1,b2) = (x,y).
      const w1 = (x * b2 - y * b1) / determinant;
      const w2 = (a1 * y - a2 * x) / determinant;
      return { lead, from: [a.index, b.index] as const, weight: [w1, w2] as const };
    });
}

function distinct<T extends { lead: string }>(entries: readonly T[]): T[] {
  return entries.filter((entry, i) => entries.findIndex((other) => other.lead === entry.lead) === i);
}

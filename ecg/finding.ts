/** What the zero-shot model says of one label on one segment. */
export interface Finding {
  readonly label: string;
  /** Cosine similarity of segment and label embedding, in [-1, 1]. */
  readonly cosine: number;
  /** Comparable over labels: the cosine standardised as the label bank says, 0 = typical of unlabelled ECGs, in standard deviations. */
  readonly score: number;
  /** By a fit on labelled ECGs, in [0, 1]; absent where the label bank has none for this label. */
  readonly probability?: number;
}

// One thing a deployment does to data or positions, and how bad that is. An effect is `refused` when something acknowledged, stored or
// still to be read would be lost or counted twice; `attention` when somebody may rely on what changes; `fine` otherwise.

export type Severity = 'refused' | 'attention' | 'fine';

export interface Effect {
  readonly severity: Severity;
  /** Stable name: `topic-changed`, `contract-removed` … With `about` what `--accept` names. */
  readonly rule: string;
  /** Contract, `contract/source`, table, cluster or resource it is about. */
  readonly about: string;
  readonly message: string;
  /** How to do it without loss. */
  readonly remedy?: string;
}

export function sortEffects(effects: readonly Effect[]): readonly Effect[] {
  const order: readonly Severity[] = ['refused', 'attention', 'fine'];
  return effects.toSorted(
    (a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || (a.about < b.about ? -1 : a.about > b.about ? 1 : 0),
  );
}

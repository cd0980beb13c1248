import type { AuditedRow } from '../loop/loop.ts';

/** Of an audit, what says whether its answers are still needed. */
export type Held = Pick<AuditedRow, 'cluster' | 'certifies'>;

/**
 * Which audits' answers are held, of those of a route from the oldest on: the newest `most`, which are what a fit weighs;
 * and as many that may certify, the first of each cluster, which a candidate may wait for much longer.
 */
export function heldAudits(audited: readonly Held[], most: number): ReadonlySet<number> {
  const certifying: number[] = [];
  const seen = new Set<Held['cluster']>();
  for (const [index, { certifies, cluster }] of audited.entries()) {
    if (!certifies || seen.has(cluster)) continue;
    seen.add(cluster);
    certifying.push(index);
  }
  const held = new Set(certifying.slice(-most));
  for (let index = Math.max(0, audited.length - most); index < audited.length; index++) held.add(index);
  return held;
}

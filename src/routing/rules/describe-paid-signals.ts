import type { Tier } from '../policy.ts';

/**
 * What a rule that versions bring does with paid signals, in sentences.
 * @param fitted tiers whose paid signals the version in force was fitted with: their names as keys.
 */
export function describePaidSignals(
  tiers: readonly Pick<Tier, 'name' | 'paidSignals'>[],
  fitted: object = {},
): string[] {
  return tiers.slice(0, -1).flatMap(({ name, paidSignals = [] }) => {
    if (paidSignals.length > 0)
      return [
        `Where it is worth its cost, ${name} is asked about its own answer (${paidSignals.join(', ')}), by a version that was fitted with that.`,
      ];
    return Object.hasOwn(fitted, name)
      ? [
          `The version in force was fitted with paid signals of ${name}, and models.${name}.paidSignals names none: it decides without them, at another cost and quality than it was fitted for.`,
        ]
      : [];
  });
}

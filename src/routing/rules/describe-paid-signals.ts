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
        `${name} is asked about its own answer (${paidSignals.join(', ')}) if that is worth its cost and the version was fitted with it.`,
      ];
    return Object.hasOwn(fitted, name)
      ? [
          `The version in force was fitted with paid signals of ${name}, but models.${name}.paidSignals names none. It decides without them, so its cost and quality differ from those it was fitted for.`,
        ]
      : [];
  });
}

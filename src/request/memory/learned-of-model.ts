import { createAbilities, type Abilities, type AbilitiesOptions } from './abilities.ts';
import { createOneKeysErrors, type OneKeysErrors } from './one-keys-errors.ts';
import { createRefusedAdditions, type RefusedAdditions } from './refused-additions.ts';

/** What one model has shown of what it can do, for every route that asks it. */
export interface LearnedOfModel {
  abilities: Abilities;
  additions: RefusedAdditions;
  errors: OneKeysErrors;
}

/** Nothing yet, beside what the configuration and `weir doctor` say. */
export function createLearnedOfModel(options: AbilitiesOptions): LearnedOfModel {
  const { now } = options;
  return {
    abilities: createAbilities(options),
    additions: createRefusedAdditions(now),
    errors: createOneKeysErrors(now),
  };
}

import type { Policy, Tier } from './policy.ts';

/** Whether data of a class may go to a model at this location. What has no class may go anywhere. */
export function mayGoTo(
  { data }: Pick<Policy, 'data'>,
  dataClass: string | undefined,
  location: Tier['location'],
): boolean {
  if (dataClass === undefined) return true;
  // A class that no rule names stays in the house: silence must not leak.
  const place = Object.hasOwn(data, dataClass) ? data[dataClass] : 'on-premises';
  return place === 'cloud' || location === 'on-premises';
}

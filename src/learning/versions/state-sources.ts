import { andList } from '../../format/and-list.ts';
import { isoDay } from '../../format/time.ts';
import { unknownOfSource } from '../../routing/provenance.ts';
import type { Tier } from '../../routing/policy.ts';
import type { Version } from '../../routing/version.ts';
import type { Stamp } from '../../store/contract/version-rows.ts';

/** Whether a version leaves open whose answers it was made from. */
export function hasUnknownSource({ tiers }: Pick<Version, 'tiers'>): boolean {
  return tiers.some(({ source = {} }) => unknownOfSource(source).length > 0);
}

/**
 * A version with what an operator states: that its answers, as far as it does not say whose they are, are of the models that
 * the route asks. Its certificate repeats the statement.
 * @returns undefined where the version leaves nothing open.
 */
export function stateSources(
  version: Version,
  tiers: readonly Pick<Tier, 'name' | 'source'>[],
  { by, atMs }: Stamp,
): Version | undefined {
  const open = version.tiers.filter(({ source = {} }) => unknownOfSource(source).length > 0);
  if (open.length === 0) return undefined;
  const { certificate } = version;
  const said = `The answers of ${andList(open.map(({ name }) => name))} do not say whose they are; ${by} stated on ${isoDay(atMs)} that they are of the models that the route asks.`;
  return {
    ...version,
    tiers: version.tiers.map((tier) => {
      const now = tiers.find(({ name }) => name === tier.name)?.source;
      const source = { ...now, ...tier.source };
      // Where nobody knows how they were asked for, the statement is that it makes no difference.
      return {
        ...tier,
        source: source.streamed?.length === 0 ? { ...source, streamed: ['stream', 'whole'] } : source,
      };
    }),
    ...(certificate === undefined
      ? {}
      : { certificate: { ...certificate, sentence: `${certificate.sentence} ${said}` } }),
  };
}

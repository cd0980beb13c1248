import { andList } from '../../format/and-list.ts';
import { recordedSource } from '../../recordings/trace-source.ts';
import { sourceDifference, unknownOfSource } from '../../routing/provenance.ts';
import type { Tier } from '../../routing/policy.ts';
import { versionTiers, type Version } from '../../routing/version.ts';
import type { Trace } from '../../traces/trace.ts';

/** Whose answers a version is made from. */
export interface MadeFrom {
  /** The version's tiers, with what the recorded answers say of themselves. */
  tiers: Version['tiers'];
  /** In sentences: where the answers are of other models than the route asks, or do not say whose they are. */
  doubts: string[];
}

/** The tiers of a version that is made from recorded answers: as the answers say, not as the configuration does. */
export function madeFrom(traces: readonly Trace[], tiers: readonly Tier[]): MadeFrom {
  const doubts: string[] = [];
  const made = versionTiers(tiers).map((tier, index) => {
    const { model = tier.model, source, mixed } = recordedSource(traces, tier.name);
    const other =
      model === tier.model
        ? sourceDifference(source, tiers[index]?.source)
        : `the model ('${model}' there, '${tier.model}' here)`;
    const unknown = unknownOfSource(source);
    doubts.push(...mixed);
    if (other !== undefined)
      doubts.push(`The recorded answers of ${tier.name} differ from what the route asks: ${other}.`);
    else if (unknown.length > 0)
      doubts.push(
        `The recorded answers of ${tier.name} do not all say alike whose they are (${andList(unknown)}).`,
      );
    return { ...tier, model, source };
  });
  return { tiers: made, doubts };
}

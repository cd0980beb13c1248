import type { Provenance } from './provenance.ts';
import type { Price } from './billing.ts';
import { hashContent } from './hash-content.ts';

/** One rung of the ladder, cheapest first. */
export interface Tier {
  /** The model's name in the configuration; unique within a policy. */
  name: string;
  /** The upstream's name for the model. */
  model: string;
  upstream: string;
  location: 'on-premises' | 'cloud';
  /** Prompt and answer together; absent where it is not known. */
  contextTokens?: number;
  /** Absent where no price is known. */
  price?: Price;
  /** Parameters that it is always asked with, those that it is never sent, and its longest answer, where one of them is set. */
  asking?: {
    params: Readonly<Record<string, unknown>>;
    dropParams: readonly string[];
    /** In tokens: where the client sets no limit; while a later tier can be asked, also in place of a higher one. */
    maxOutputTokens?: number;
  };
  /** Whose answers it gives, as far as the configuration and a probe tell; no decision depends on it. */
  source?: Provenance;
  /** Paid signals that it may be asked for; absent: of recorded answers all that were recorded, of a server's none. */
  paidSignals?: readonly string[];
  /** Set where no client may have it asked at once: it answers only after another tier was asked, or where the rule says so. */
  direct?: false;
}

/** The data of a policy rule: its kind, and what the file of that kind in `rules/` says. */
export interface RuleData {
  readonly kind: string;
  readonly [member: string]: unknown;
}

/** What a route does with a request; immutable, known by the hash of its content. */
export interface Policy<D extends RuleData = RuleData> {
  route: string;
  tiers: readonly Tier[];
  /** How it is decided whether an answer is served. */
  rule: D;
  /** What happens where no answer is acceptable: the best one is served, marked, or the request gets a 422. */
  onAbstain: 'serve' | 'error';
  /** Set where a request whose last tier fails gets its error. Absent: the best earlier answer is served, marked. */
  onLastTierFailure?: 'error';
  /** Only tiers at these locations may see requests of this data class. */
  data: Readonly<Record<string, 'on-premises' | 'cloud'>>;
  certified: boolean;
  /** Hash of the version in force; absent where the rule is the configuration's own. */
  version?: string;
  /** How the answers that the version was certified on were asked for, tier by tier; absent: as the route's own requests are. */
  certifiedOn?: readonly Pick<Provenance, 'streamed' | 'sampling'>[];
}

/** A hash of how a tier is asked beside what clients write: parameters may be secret. Absent where nothing is set. */
export function askedAs({ asking }: Pick<Tier, 'asking'>): string | undefined {
  if (asking === undefined) return undefined;
  const { params, dropParams, maxOutputTokens } = asking;
  const asked = { params, dropParams: dropParams.toSorted() };
  // Hashes from before there was such a limit stay the same.
  return hashContent(maxOutputTokens === undefined ? asked : { ...asked, maxOutputTokens });
}

import { WeirError } from '../../errors.ts';
import type { Config } from '../../config/schema/schema.ts';
import { pendingMigrations, versionsInForce } from '../../gateway/gateway.ts';
import type { PromotedVersion } from '../../learning/versions/kept-version.ts';

/** A configuration's store as `weir serve` would find it. */
export interface StoreReport {
  /** In sentences. */
  notes: string[];
  /** Why the gateway would not start with it. */
  problem?: string;
  /** The versions in force, by route; or why nobody knows them. */
  byRoute: ReadonlyMap<string, PromotedVersion> | string;
}

/** Whether the store can be opened, and what is in force in it. Makes none, and changes nothing. */
export async function lookAtStore(config: Config): Promise<StoreReport> {
  const { path } = config.store;
  try {
    const [first, ...others] = await pendingMigrations(`sqlite:${path}`);
    if (first === undefined) return { notes: [], byRoute: await versionsInForce(config) };
    if (first.number === 1)
      return {
        notes: path === ':memory:' ? [] : ['The store is not there yet; `weir serve` makes it.'],
        byRoute: new Map(),
      };
    const steps = [first, ...others].map(({ number, name }) => `${number} ${name}`).join(', ');
    return {
      notes: [
        `The store's tables are of an older Weir: \`weir serve\` brings them up to date (${steps}), and only then it is known which versions are in force.`,
      ],
      byRoute: "the store's tables are of an older Weir",
    };
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    return {
      notes: ['Which versions are in force is not known.'],
      problem: error.message,
      byRoute: 'the store could not be read',
    };
  }
}

import { WeirError } from '../../errors.ts';
import type { Config } from '../../config/schema/schema.ts';
import { toldByServers, versionsInForce } from '../../gateway/gateway.ts';
import type { PromotedVersion } from '../../routing/apply-version.ts';
import type { StatedBy } from '../../config/describe/describe-mode.ts';
import { commandLine } from '../../format/command-line.ts';
import { locateStore, openStore, pendingMigrations } from '../../store/open.ts';

/** A configuration's store, as `weir serve` would find it. */
export interface StoreReport {
  /** Sentences. */
  notes: string[];
  /** Why the gateway would not start with it. */
  problem?: string;
  /** The versions in force, by route; or why they are not known. */
  byRoute: ReadonlyMap<string, PromotedVersion> | string;
  /** What servers told a gateway of their models. */
  told?: Awaited<ReturnType<typeof toldByServers>>;
  /** The shares that `weir rollout` set last, by route; absent where they are not known. */
  stated?: ReadonlyMap<string, StatedBy>;
}

/** Where decisions are recorded, to follow that verb: `in ./weir.db`, or `in memory`. */
export function recordedWhere(url: string): string {
  const { where, shared } = locateStore(url);
  return shared ? `in ${where}` : where;
}

async function statedShares(config: Config): Promise<ReadonlyMap<string, StatedBy>> {
  const store = await openStore(config.store);
  try {
    return await store.rollouts();
  } finally {
    await store.close();
  }
}

/** Finds out whether the store can be opened, and which versions are in force. Creates and changes nothing. @param file the configuration's. */
export async function lookAtStore(config: Config, file: string): Promise<StoreReport> {
  try {
    const [first, ...others] = await pendingMigrations(config.store);
    if (first === undefined)
      return {
        notes: [],
        byRoute: await versionsInForce(config),
        stated: await statedShares(config),
        told: await toldByServers(config),
      };
    if (first.number === 1)
      return {
        notes: locateStore(config.store).shared
          ? [`The store does not exist yet; ${commandLine('serve', file)} creates it.`]
          : [],
        byRoute: new Map(),
      };
    const steps = [first, ...others].map(({ number, name }) => `${number} ${name}`).join(', ');
    return {
      notes: [
        `The store was written by an older Weir. ${commandLine('serve', file)} or ${commandLine('migrate', file)} will update its tables (${steps}); until then the versions in force are not known.`,
      ],
      byRoute: 'the store was written by an older Weir',
    };
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    return {
      notes: ['The versions in force are not known.'],
      problem: error.message,
      byRoute: 'the store could not be read',
    };
  }
}

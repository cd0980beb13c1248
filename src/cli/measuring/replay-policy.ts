import { readFileSync } from 'node:fs';
import { createResolver, type Resolver } from '../../config/resolve.ts';
import type { Config } from '../../config/schema/schema.ts';
import { WeirError } from '../../errors.ts';
import { openVersions, versionsInForce } from '../../gateway/gateway.ts';
import { parseModel } from '../../learning/versions/kept-model.ts';
import { applyVersion, readVersion, type PromotedVersion } from '../../learning/versions/kept-version.ts';
import { readLapse } from '../../learning/in-force/lapsed.ts';
import { demonstrationConfig } from '../common/demonstration.ts';
import { failed, unusable } from '../common/exit.ts';
import { say } from '../common/output.ts';
import { findConfig, readConfig } from '../common/read-config.ts';

export type Policy = NonNullable<ReturnType<Resolver['routes']['get']>>;

/** What is replayed: a route's policy, and what judges the answers; absent: the model that needs no labels. */
export interface Replayable {
  policy: Policy;
  model?: ReturnType<typeof parseModel>;
  config: Config;
  /** The version that decides, and its content; absent where none does. */
  decidedBy?: { hash: string; version: Version };
}

type Version = Extract<ReturnType<typeof readVersion>, { version: unknown }>['version'];

export interface ReplayPolicyOptions {
  route: string;
  config?: string;
  /** A file with a confidence model: then no version is in force. */
  model?: string;
  /** A version's hash, or the first characters of it, in place of the one in force. */
  version?: string;
}

/** The policy that a gateway would follow, or with `version` would follow after its promotion. @throws {CommandError} */
export async function chooseReplayable(options: ReplayPolicyOptions): Promise<Replayable> {
  const found = findConfig(options.config);
  const config = found === undefined ? demonstrationConfig('.') : readConfig(found);
  if (found === undefined) say("There is no weir.yaml here: this is the demonstration's route.");
  const { routes } = createResolver(config, { now: new Date() });
  const policy = routes.get(options.route);
  if (policy === undefined)
    throw unusable(
      `there is no route '${options.route}'; --route takes one of: ${[...routes.keys()].join(', ')}`,
    );
  if (options.model !== undefined) return { policy, model: readModel(options.model), config };
  const promoted =
    options.version === undefined
      ? await inForce(config, policy.route)
      : await named(config, options.version);
  const { policy: served, confidenceModel, obstacle } = applyVersion(policy, promoted);
  if (obstacle !== undefined && options.version !== undefined)
    throw failed(`${obstacle}; it cannot be judged here.`);
  if (obstacle !== undefined) say(`${obstacle}.`);
  return {
    policy: served,
    config,
    ...(confidenceModel === undefined ? {} : { model: confidenceModel }),
    ...(promoted === undefined || obstacle !== undefined || !('version' in promoted.read)
      ? {}
      : { decidedBy: { hash: promoted.hash, version: promoted.read.version } }),
  };
}

/** A store that fails is no reason not to replay a file: it is said. */
async function inForce(config: Config, route: string): Promise<PromotedVersion | undefined> {
  try {
    return (await versionsInForce(config)).get(route);
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    say(`Which version is in force is not known: ${error.message}`);
    return undefined;
  }
}

async function named(config: Config, hash: string): Promise<PromotedVersion> {
  try {
    const { versions, close } = await openVersions(config);
    try {
      const row = await versions.version(hash);
      if (row === undefined)
        throw failed(`no version begins with '${hash}'; \`weir versions list\` shows them`);
      const read = readVersion(row);
      const lapse = 'version' in read ? await readLapse(versions, read.version) : undefined;
      return { hash: row.hash, read, ...(lapse === undefined ? {} : { lapsed: true }) };
    } finally {
      await close();
    }
  } catch (error) {
    if (error instanceof WeirError) throw failed(error.message);
    throw error;
  }
}

function readModel(file: string): ReturnType<typeof parseModel> {
  try {
    return parseModel(readFileSync(file, 'utf8'));
  } catch (error) {
    throw unusable(
      `${file}: it is no confidence model as \`weir calibrate --out\` writes it (${(error as Error).message.split('\n', 1)[0]}).`,
    );
  }
}

import { readFileSync } from 'node:fs';
import type { Config } from '../../config/schema/schema.ts';
import { defined } from '../../defined.ts';
import { WeirError } from '../../errors.ts';
import { versionsInForce } from '../../gateway/gateway.ts';
import { readLapse } from '../../learning/in-force/lapse.ts';
import { readVersion } from '../../learning/versions/kept-version.ts';
import { applyVersion, type PromotedVersion } from '../../routing/apply-version.ts';
import { confidenceModelSchema, type ConfidenceModel } from '../../routing/confidence/confidence.ts';
import type { Policy } from '../../routing/policy.ts';
import { commandLine } from '../../format/command-line.ts';
import { withExistingStore } from '../common/existing-store.ts';
import { failed, unusable } from '../common/exit.ts';
import { say } from '../common/output.ts';
import { chooseTarget, type Target } from '../common/choose-target.ts';
import { policyAsTold } from '../common/read-config.ts';

/** What to replay: a route's policy, and the confidence model to judge answers by; absent: the model that needs no labels. */
export interface Replayable extends Target {
  policy: Policy;
  model?: ConfidenceModel;
  /** The version that decides, with its content; absent if none does. */
  decidedBy?: { hash: string; version: Version };
}

type Version = Extract<ReturnType<typeof readVersion>, { version: unknown }>['version'];

export interface ReplayPolicyOptions {
  route: string;
  config?: string;
  /** A file with a confidence model. With it, no version is in force. */
  model?: string;
  /** The questions come from the store. */
  store?: boolean;
  /** A version's hash, or its first characters, instead of the one in force. */
  version?: string;
}

/** The policy that a gateway follows now, or would follow if `version` were promoted. @throws {CommandError} */
export async function chooseReplayable(options: ReplayPolicyOptions): Promise<Replayable> {
  const target = await chooseTarget(options.config, options.store === true ? 'store' : 'routes');
  const { config } = target;
  const policy = await policyAsTold(config, options.route);
  if (options.model !== undefined) return { ...target, policy, model: readModel(options.model) };
  const promoted =
    options.version === undefined
      ? await inForce(config, policy.route)
      : await named(target, options.version);
  const { policy: served, confidenceModel, obstacle } = applyVersion(policy, promoted);
  if (obstacle !== undefined && options.version !== undefined)
    throw failed(`This version cannot be replayed here: ${obstacle}.`);
  if (obstacle !== undefined) say(`The version in force does not apply: ${obstacle}.`);
  const decidedBy =
    promoted !== undefined && obstacle === undefined && 'version' in promoted.read
      ? { hash: promoted.hash, version: promoted.read.version }
      : undefined;
  return { ...target, ...defined({ policy: served, model: confidenceModel, decidedBy }) };
}

/** A file can be replayed without a store, so a store that fails is only reported. */
async function inForce(config: Config, route: string): Promise<PromotedVersion | undefined> {
  try {
    return (await versionsInForce(config)).get(route);
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    say(`The version in force is not known: ${error.message}`);
    return undefined;
  }
}

function named({ config, file, typed }: Target, hash: string): Promise<PromotedVersion> {
  return withExistingStore(
    config.store,
    async (store) => {
      const row = await store.version(hash);
      if (row === undefined)
        throw failed(`No version begins with '${hash}'. ${typed('versions list')} shows all versions.`);
      const read = readVersion(row);
      const lapse = 'version' in read ? await readLapse(store, read.version) : undefined;
      return { hash: row.hash, read, ...(lapse === undefined ? {} : { lapsed: lapse.why }) };
    },
    file,
  );
}

function readModel(file: string): ConfidenceModel {
  try {
    return parseModel(readFileSync(file, 'utf8'));
  } catch (error) {
    const [why] = (error as Error).message.split('\n', 1);
    throw unusable(
      `${file} is not a confidence model (${why}). ${commandLine('calibrate FILE --out MODEL')} writes one.`,
    );
  }
}

/** @throws {Error} if the text is not JSON, or not a confidence model. */
function parseModel(text: string): ConfidenceModel {
  const parsed = confidenceModelSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TypeError(`${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'unknown'}`);
}

import type { Command } from 'commander';
import { configuredShare } from '../../config/configured-share.ts';
import { shareOfText } from '../../config/schema/share.ts';
import type { Config } from '../../config/schema/schema.ts';
import { defined } from '../../defined.ts';
import { exactPercent } from '../../format/percent.ts';
import { isoMinute, isoTime } from '../../format/time.ts';
import { applyVersion } from '../../routing/apply-version.ts';
import type { Policy } from '../../routing/policy.ts';
import { shareNow, shareWords, waitingWords } from '../../routing/rollout.ts';
import { readInForce } from '../../learning/in-force/active-versions.ts';
import type { Store } from '../../store/contract/store.ts';
import type { RolloutStep, RolloutStore } from '../../store/contract/rollout-rows.ts';
import { withExistingStore } from '../common/existing-store.ts';
import { unusable } from '../common/exit.ts';
import { JSON_OPTION, STORE_CONFIG_OPTION } from '../common/options.ts';
import { print, printJson, printLines, textTable } from '../common/output.ts';
import { chooseTarget } from '../common/choose-target.ts';
import { policyOfRoute } from '../common/read-config.ts';
import { userName } from '../common/user-name.ts';

interface Options {
  config?: string;
  by?: string;
  why?: string;
  json: boolean;
}

export function registerRollout(program: Command): void {
  program
    .command('rollout')
    .summary('let the policy of a route decide more of its conversations, fewer, or none')
    .description(
      'Show or change the share of the conversations that the policy of a route decides; its last tier answers the others. A running gateway applies a change within seconds, and the store keeps it, with who made it. It holds until `mode` or `rollout` of the route changes in the configuration.',
    )
    .argument('[route]', 'name of the route (default: all are shown)')
    .argument('[share]', 'the share from now on: `25%`, or `stop` for none (default: it is only shown)')
    .option(...STORE_CONFIG_OPTION)
    .option('--by <name>', 'who does this, for the record (default: your user name)')
    .option('--why <text>', 'why, for the record')
    .option(...JSON_OPTION)
    .action(run);
}

async function run(route: string | undefined, share: string | undefined, options: Options): Promise<void> {
  const { config, file } = await chooseTarget(options.config);
  const policy = route === undefined ? undefined : policyOfRoute(config, route);
  if (policy !== undefined && policy.tiers.length < 2)
    throw unusable(`Route '${route}' has one tier, which answers everything: there is nothing to roll out.`);
  const wanted = share === undefined ? undefined : readShare(share);
  await withExistingStore(
    config.store,
    async (store) => {
      if (route === undefined) return showAll(store, config, options);
      await (wanted === undefined
        ? show(store, config, route, options)
        : change(store, config, { route, share: wanted }, options));
      if (policy !== undefined && !options.json && wanted !== 0) await sayIfWaiting(store, policy);
    },
    file,
  );
}

/** A share of a policy that there is not yet changes nothing that a client could see. */
async function sayIfWaiting(store: Store, policy: Policy): Promise<void> {
  const { policy: served } = applyVersion(policy, (await readInForce(store)).get(policy.route));
  const waiting = waitingWords(served);
  if (waiting !== undefined) print(waiting);
}

function readShare(text: string): number {
  const share = text === 'stop' ? 0 : shareOfText(text);
  if (share !== undefined) return share;
  throw unusable(`'${text}' is no share. Write a percentage such as 25%, or stop.`);
}

function configured({ routes }: Config, route: string): number {
  const found = routes[route];
  return found === undefined ? 1 : configuredShare(found);
}

async function change(
  store: RolloutStore,
  config: Config,
  { route, share }: { route: string; share: number },
  { by = userName(), why, json }: Options,
): Promise<void> {
  const inFile = configured(config, route);
  const before = shareNow(inFile, (await store.rollouts()).get(route));
  const { number } = await store.stepRollout({
    route,
    share,
    configured: inFile,
    takenBy: by,
    takenAtMs: Date.now(),
    ...defined({ why }),
  });
  if (json) return printJson({ route, share, before, configured: inFile, number });
  print(
    `Route ${route}: ${shareWords(share)} (before: ${exactPercent(before)}). A running gateway applies it within seconds.`,
  );
}

async function show(store: RolloutStore, config: Config, route: string, { json }: Options): Promise<void> {
  const steps = await store.rolloutSteps(route);
  const inFile = configured(config, route);
  const share = shareNow(inFile, steps.at(-1));
  if (json)
    return printJson({
      route,
      share,
      configured: inFile,
      steps: steps.map(({ takenAtMs, route: _, ...step }) => ({ ...step, takenAt: isoTime(takenAtMs) })),
    });
  print(`Route ${route}: ${shareWords(share)}.`);
  print(`The configuration says ${exactPercent(inFile)}.`);
  printLines(steps.toReversed().map(stepWords));
}

function stepWords({ share, takenAtMs, takenBy, why }: RolloutStep): string {
  const reason = why === undefined ? '' : `: ${why}`;
  return `  ${isoMinute(takenAtMs)} ${share === 0 ? 'stopped' : exactPercent(share)}, by ${takenBy}${reason}`;
}

async function showAll(store: RolloutStore, config: Config, { json }: Options): Promise<void> {
  const stated = await store.rollouts();
  const rows = Object.entries(config.routes)
    .filter(([, { tiers }]) => tiers.length > 1)
    .map(([route]) => {
      const inFile = configured(config, route);
      const share = shareNow(inFile, stated.get(route));
      return { route, share, configured: inFile, ...defined({ step: stated.get(route) }) };
    });
  if (json)
    return printJson(
      rows.map(({ route, share, configured: inFile }) => ({ route, share, configured: inFile })),
    );
  printLines(
    textTable(
      ['route', 'decided by its policy', 'configured', 'changed', 'by'],
      rows.map(({ route, share, configured: inFile, step }) => [
        route,
        exactPercent(share),
        exactPercent(inFile),
        step === undefined ? '' : isoMinute(step.takenAtMs),
        step?.takenBy ?? '',
      ]),
    ),
  );
}

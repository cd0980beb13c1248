import type { Command } from 'commander';
import { describeAudits } from '../../config/describe/describe-audits.ts';
import { describeMode } from '../../config/describe/describe-mode.ts';
import { lacksPrices } from '../../config/describe/describe-prices.ts';
import { describeRoute } from '../../config/describe/describe-route.ts';
import type { Environment } from '../../config/load/interpolate.ts';
import { isLoopback } from '../../upstream/transport/loopback.ts';
import { loadConfig } from '../../config/load/load.ts';
import { andList } from '../../format/and-list.ts';
import { formatProblem } from '../../config/load/problem.ts';
import { createResolver } from '../../config/resolve.ts';
import type { Config } from '../../config/schema/schema.ts';
import { defined } from '../../defined.ts';
import { applyVersion, type PromotedVersion } from '../../routing/apply-version.ts';
import type { Policy } from '../../routing/policy.ts';
import { counted } from '../../format/counted.ts';
import { lapsedWords } from './identities.ts';
import { lookAtStore, recordedWhere, type StoreReport } from './look-at-store.ts';
import { commandLine, CONFIG_FILE } from '../../format/command-line.ts';
import { isSamePath } from '../common/choose-target.ts';
import { JSON_OPTION } from '../common/options.ts';
import { runningGateways } from '../common/running-gateways.ts';

/** What a command prints, and its exit code: 0 done, 1 failed, 2 unusable arguments or configuration. */
export interface CommandResult {
  exitCode: 0 | 1 | 2;
  stdout: string;
  stderr: string;
}

interface RouteReport {
  route: string;
  serves: string[];
  tiers: string[];
  sentences: string[];
  /** It is to learn or to be tuned, and cannot, because prices are missing. */
  lacksPrices: boolean;
}

/** Why the version that decides is not certified, where its certificate does not hold any more. */
function describeLapse({ version }: Policy, promoted: PromotedVersion | undefined): string[] {
  const why = version === undefined || promoted === undefined ? undefined : lapsedWords(promoted);
  return why === undefined ? [] : [`Version ${version} serves, but ${why}.`];
}

function reportRoutes(config: Config, now: Date, { byRoute, stated, told }: StoreReport): RouteReport[] {
  const [inForce, unread] = typeof byRoute === 'string' ? [undefined, byRoute] : [byRoute];
  const { routes, models } = createResolver(config, {
    now,
    ...defined({ told }),
    inForce: (policy) => applyVersion(policy, inForce?.get(policy.route)).policy,
  });
  return Object.entries(config.routes).flatMap(([name, route]): RouteReport[] => {
    const policy = routes.get(name);
    if (policy === undefined) return [];
    const priced = (model: string): boolean => models.get(model)?.tiers[0]?.price !== undefined;
    const sentences = [
      ...describeMode(policy, route, stated?.get(name)),
      ...describeRoute(policy, route, unread),
      ...describeLapse(policy, inForce?.get(name)),
      ...describeAudits(policy, config, priced),
    ];
    return [
      {
        route: name,
        serves: route.serves,
        tiers: route.tiers,
        sentences,
        lacksPrices: lacksPrices(policy),
      },
    ];
  });
}

function reportGateway(
  { listen: { host, port }, store, retention, models, alarms }: Config,
  file: string,
): string[] {
  const reach = isLoopback(host)
    ? 'Only this machine can reach it.'
    : `Other machines can reach it, so it starts only after ${commandLine('keys create', file)} has made an API key.`;
  const direct = Object.keys(models).filter((name) => models[name]?.direct === true);
  return [
    `The gateway listens on ${host}, port ${port}. ${reach}`,
    ...(direct.length === 0 ? [] : [`Clients can also ask for a model by its name: ${direct.join(', ')}.`]),
    ...(alarms.length === 0
      ? []
      : [
          `Alarms are sent to ${counted(alarms.length, 'receiver')}; ${commandLine('alarms test', file)} sends a test.`,
        ]),
    `Decisions are recorded ${recordedWhere(store)}, ${retention.texts ? 'with' : 'without'} the texts of prompts and answers.`,
  ];
}

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');

/**
 * Reads a configuration, inspects its store, and says what the gateway would do. Calls no server. A store that would keep the
 * gateway from starting is a problem, but not one of the file: the exit code is 1, not 2.
 */
export async function check(
  file: string,
  { environment, now, json }: { environment: Environment; now: Date; json: boolean },
): Promise<CommandResult> {
  const loaded = loadConfig(file, environment);
  const store: StoreReport = loaded.ok
    ? await lookAtStore(loaded.config, file)
    : { notes: [], byRoute: new Map() };
  const problems = loaded.ok
    ? loaded.place(store.problem === undefined ? [] : [{ path: ['store'], message: store.problem }])
    : loaded.problems;
  const warnings = loaded.ok ? loaded.warnings : [];
  const routes = loaded.ok ? reportRoutes(loaded.config, now, store) : [];
  const gateway = loaded.ok ? [...reportGateway(loaded.config, file), ...store.notes] : [];
  for (const { configuration, address } of runningGateways(environment))
    if (loaded.ok && configuration !== undefined && isSamePath(configuration, file))
      gateway.push(`A gateway runs with this configuration at ${address}.`);
  const ok = problems.length === 0;
  const exitCode = ok ? 0 : loaded.ok ? 1 : 2;
  if (json) {
    const report = { ok, file, problems, warnings, gateway, routes };
    return { exitCode, stdout: `${JSON.stringify(report, null, 2)}\n`, stderr: '' };
  }
  const sections = routes.flatMap(({ route, sentences }) => [
    '',
    `Route ${route}`,
    ...sentences.map((text) => `  ${text}`),
  ]);
  const unpriced = routes.filter((each) => each.lacksPrices).map(({ route }) => route);
  const verdict = ok
    ? unpriced.length === 0
      ? `${file} is usable.`
      : `${file} is usable, but without prices ${andList(unpriced)} ${unpriced.length === 1 ? 'learns' : 'learn'} nothing and cannot be tuned: see below what to write.`
    : `${file} is usable, but its store is not: ${commandLine('serve', file)} would not start.`;
  return {
    exitCode,
    stdout: loaded.ok ? lines([verdict, ...gateway, ...sections]) : '',
    stderr: lines([
      ...problems.map(formatProblem),
      ...warnings.map((warning) => `warning: ${formatProblem(warning)}`),
    ]),
  };
}

export function registerCheck(program: Command): void {
  program
    .command('check')
    .description(
      'Validate the configuration and say what each route would do. Report every problem at once, with its line and column. Look at the store as `weir serve` would open it, but change nothing and call no server.',
    )
    .option('--config <file>', 'configuration file', CONFIG_FILE)
    .option(...JSON_OPTION)
    .action(async ({ config, json }: { config: string; json: boolean }) => {
      const result = await check(config, { environment: process.env, now: new Date(), json });
      process.stdout.write(result.stdout);
      process.stderr.write(result.stderr);
      process.exitCode = result.exitCode;
    });
}

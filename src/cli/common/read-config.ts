import { existsSync } from 'node:fs';
import { loadConfig } from '../../config/load/load.ts';
import { formatProblem } from '../../config/load/problem.ts';
import { createResolver, type ResolverContext } from '../../config/resolve.ts';
import { defined } from '../../defined.ts';
import { WeirError } from '../../errors.ts';
import type { Config } from '../../config/schema/schema.ts';
import type { Policy } from '../../routing/policy.ts';
import { commandLine, CONFIG_FILE } from '../../format/command-line.ts';
import { unusable } from './exit.ts';
import { say } from './output.ts';

/**
 * Reads a configuration file and prints its warnings.
 * @throws {CommandError} with every problem of the file.
 */
export function readConfig(file: string): Config {
  const loaded = loadConfig(file, process.env);
  if (!loaded.ok) throw unusable(loaded.problems.map(formatProblem).join('\n'));
  for (const warning of loaded.warnings) say(`warning: ${formatProblem(warning)}`);
  return loaded.config;
}

/** The named file, or `weir.yaml` of the current folder if it exists. */
export function findConfig(file: string | undefined): string | undefined {
  return file ?? (existsSync(CONFIG_FILE) ? CONFIG_FILE : undefined);
}

/**
 * The named configuration, or `weir.yaml`, for commands that mean nothing without one.
 * @throws {CommandError} where there is none, and with every problem of the file.
 */
export function readOwnConfig(file: string | undefined): { found: string; config: Config } {
  const found = findConfig(file);
  if (found === undefined)
    throw unusable(
      `There is no weir.yaml here. Write one with ${commandLine('init')}, or name another file with --config.`,
    );
  return { found, config: readConfig(found) };
}

/**
 * The policy of a route, as it is configured.
 * @param told what servers told of their models, where that matters.
 * @throws {CommandError} if there is no such route.
 */
export function policyOfRoute(config: Config, route: string, told?: ResolverContext['told']): Policy {
  const { routes } = createResolver(config, { now: new Date(), ...defined({ told }) });
  const policy = routes.get(route);
  if (policy !== undefined) return policy;
  throw unusable(
    routes.size === 0
      ? `The configuration has no routes. Add one under \`routes\`.`
      : `The configuration has no route '${route}'. It has: ${[...routes.keys()].join(', ')}.`,
  );
}

/**
 * The same with what servers told the gateway of their models. Where the store cannot be read, that is not known: what needs the
 * store says so itself.
 * @throws {CommandError} if there is no such route.
 */
export async function policyAsTold(config: Config, route: string): Promise<Policy> {
  // Most commands ask nothing of the gateway, which is the larger half of the program.
  const { toldByServers } = await import('../../gateway/gateway.ts');
  const told = await toldByServers(config).catch((error: unknown) => {
    if (error instanceof WeirError) return undefined;
    throw error;
  });
  return policyOfRoute(config, route, told);
}

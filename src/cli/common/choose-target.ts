import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Config } from '../../config/schema/schema.ts';
import { defined } from '../../defined.ts';
import { CALLED_AS, commandLine, CONFIG_FILE, shellWord } from '../../format/command-line.ts';
import { locateStore } from '../../store/open.ts';
import { chooseAtTerminal, isAtTerminal } from './ask-at-terminal.ts';
import { demonstrationConfig } from './demonstration.ts';
import { unusable } from './exit.ts';
import { say } from './output.ts';
import { findConfig, readConfig, readOwnConfig } from './read-config.ts';
import { runningGateways, type RunningGateway } from './running-gateways.ts';

/** The configuration, and by it the store, that a command works on. */
export interface Target {
  config: Config;
  /** The configuration's file; absent: the demonstration's configuration, whose store is `weir.db` in the current folder. */
  file?: string;
  /** Another command on the same configuration, as it can be pasted. */
  typed(words: string): string;
}

/** What a command needs a target for: what is stored there; its routes alone, for questions from a file; or models of one's own. */
type Purpose = 'store' | 'routes' | 'models';

/**
 * Chooses what a command works on, and says so: the named configuration; else `weir.yaml` of the current folder, or the demonstration.
 * Where a gateway runs that this folder has to do with, on another configuration, the user is asked which of the two is meant.
 * @param purpose for `models` the demonstration will not do.
 * @throws {CommandError} with every problem of the file; where the user has to be asked and there is no terminal, with the commands to
 * type instead.
 */
export async function chooseTarget(named: string | undefined, purpose: Purpose = 'store'): Promise<Target> {
  const running = runningGateways(process.env);
  const usual = findConfig(named);
  const others = named === undefined ? rivals(usual, running, purpose) : [];
  const meant = others.length === 0 ? 'usual' : await ask(usual, others);
  const file = meant === 'usual' ? usual : meant.configuration;
  const folder = meant === 'usual' ? process.cwd() : meant.folder;
  const config = configOf(file, folder, purpose);
  const shown = file === undefined ? undefined : shownPath(file);
  const { where } = locateStore(config.store);
  const user = running.find(({ store }) => isSamePath(store, where));
  say(
    `Store: ${shownPath(where)}, of ${shown ?? `the demonstration (there is no ${CONFIG_FILE} here)`}${user === undefined ? '' : `; a gateway runs on it at ${user.address}`}.`,
  );
  if (file === undefined && user?.found === true)
    say(
      `That gateway serves models that it found, and no file says which: this command knows the demonstration's route only. ${commandLine('init')} writes them to ${CONFIG_FILE}; restart it then.`,
    );
  return defined({ config, file: shown, typed: (words: string) => commandLine(words, shown) });
}

function configOf(file: string | undefined, folder: string, purpose: Purpose): Config {
  if (file !== undefined) return readConfig(file);
  return purpose === 'models' ? readOwnConfig(file).config : demonstrationConfig(folder);
}

/**
 * The gateways that a user may mean who names no configuration, if none runs on the one that the command would take: those that were
 * started here, or whose configuration or store is here; and any, where neither a configuration nor a store is here and one is needed.
 */
function rivals(
  usual: string | undefined,
  running: readonly RunningGateway[],
  purpose: Purpose,
): RunningGateway[] {
  const here = process.cwd();
  const store = join(here, 'weir.db');
  const runsOnUsual = running.some((each) =>
    usual === undefined
      ? each.configuration === undefined && isSamePath(each.folder, here)
      : each.configuration !== undefined && isSamePath(each.configuration, usual),
  );
  if (runsOnUsual) return [];
  if (usual === undefined && purpose !== 'routes' && !existsSync(store)) return [...running];
  return running.filter(({ folder, configuration, store: used }) =>
    [folder, dirname(configuration ?? used), dirname(used)].some((path) => isSamePath(path, here)),
  );
}

async function ask(
  usual: string | undefined,
  others: readonly RunningGateway[],
): Promise<'usual' | RunningGateway> {
  const usualWords = usual ?? 'the demonstration, with the store weir.db in this folder';
  const question = `${others.length === 1 ? 'A gateway runs' : 'Gateways run'} with another configuration than this command takes where none is named.`;
  if (isAtTerminal()) {
    const labels = [...others.map(gatewayWords), usualWords];
    return others[await chooseAtTerminal(`${question} Which one do you mean?`, labels)] ?? 'usual';
  }
  const typed = process.argv.slice(2).map(shellWord).join(' ');
  const again = (file: string): string => `\`${CALLED_AS} ${typed} --config ${shellWord(file)}\``;
  throw unusable(
    [
      `${question} Nothing was done. Say which one you mean:`,
      ...others.map((gateway) => {
        const { configuration, folder } = gateway;
        const how =
          configuration === undefined ? withoutConfiguration(folder) : again(shownPath(configuration));
        return `  ${gatewayWords(gateway)}: ${how}`;
      }),
      usual === undefined
        ? `  ${usualWords}: the same command once no other gateway of this folder runs`
        : `  ${usualWords}: ${again(usual)}`,
    ].join('\n'),
  );
}

/** How to name what a gateway without a configuration runs on. One that was written since then is taken there, unless it is put aside. */
function withoutConfiguration(folder: string): string {
  const where = isSamePath(folder, process.cwd()) ? '' : ` in the folder ${folder}`;
  const written = join(folder, CONFIG_FILE);
  if (!existsSync(written)) return `the same command${where}`;
  return `it started before ${shownPath(written)} was there, and takes it when it is started again; until then, the same command${where} while that file has another name`;
}

function gatewayWords({ address, configuration, store }: RunningGateway): string {
  return `the gateway at ${address}, on ${configuration === undefined ? 'no configuration' : shownPath(configuration)}, store ${shownPath(store)}`;
}

/** A path from the current folder where it is below it. */
function shownPath(path: string): string {
  const from = relative(process.cwd(), resolve(path));
  return from === '' || from.startsWith('..') ? path : from;
}

/** Whether two paths lead to the same file, through links too. */
export function isSamePath(one: string, other: string): boolean {
  return real(one) === real(other);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

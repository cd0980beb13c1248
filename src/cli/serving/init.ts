import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { cloudKeys, refuseYes } from '../../config/init/cloud.ts';
import { detect } from '../../config/init/detect.ts';
import type { Identify } from '../../config/init/detect.ts';
import type { Fetch } from '../../config/init/fetch-json.ts';
import type { Environment } from '../../config/load/interpolate.ts';
import { buildLadder } from '../../config/init/ladder.ts';
import { renderConfig, writeConfig } from '../../config/init/write.ts';
import { askAtTerminal, isAtTerminal, type AskCloud } from '../common/ask-at-terminal.ts';
import type { CommandResult } from './check.ts';
import { COMMAND_HINT } from '../common/output.ts';
import { CONFIG_FILE } from '../common/read-config.ts';

export interface InitOptions {
  output: string;
  force: boolean;
  /** Names of cloud providers that a person said yes to on the command line. */
  yesCloud: readonly string[];
  json: boolean;
}

/** What a run of `init` stands on. */
export interface InitSurroundings {
  environment: Environment;
  identify: Identify;
  fetch: Fetch;
  now: Date;
  /** Asks a person whether a provider may be used; absent where nobody sits at a terminal: then the answer is no. */
  ask?: AskCloud;
}

function refused(messages: readonly string[], exitCode: 1 | 2, json: boolean): CommandResult {
  const stdout = json ? `${JSON.stringify({ ok: false, messages }, null, 2)}\n` : '';
  return { exitCode, stdout, stderr: json ? '' : messages.map((message) => `${message}\n`).join('') };
}

const existsAlready = (output: string): string =>
  `${output} exists already and stays as it is; --force replaces it, --output names another file`;

/** Finds what runs on this machine and writes a configuration from it. */
export async function init(
  { output, force, yesCloud, json }: InitOptions,
  { environment, identify, fetch, now, ask }: InitSurroundings,
): Promise<CommandResult> {
  const keys = cloudKeys(environment);
  const refusals = yesCloud.flatMap((name) => refuseYes(name, keys) ?? []);
  if (refusals.length > 0) return refused(refusals, 2, json);
  if (!force && existsSync(output)) return refused([existsAlready(output)], 2, json);

  const found = await detect({ environment, identify, fetch });
  const hasLocal = found.servers.some(({ chatModels }) => chatModels.length > 0);
  const cloudYes = [...yesCloud];
  for (const provider of keys.filter(({ name }) => !yesCloud.includes(name)))
    if (ask !== undefined && (await ask(provider, hasLocal))) cloudYes.push(provider.name);
  const { config, sentences } = buildLadder(found, { keys, cloudYes, now });
  if (config === undefined) {
    const hint =
      'There is nothing to build a ladder from: start a server of models on this machine, or put the key of a cloud provider into the environment and name it with --yes-cloud. Without a weir.yaml, `weir serve` shows the demonstration.';
    return refused([...sentences, hint], 1, json);
  }
  try {
    if (!writeConfig(output, renderConfig(config), { force }))
      return refused([existsAlready(output)], 2, json);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return refused([`${output} cannot be written (${reason})`], 1, json);
  }
  const said = [...sentences, `Wrote ${output}. Next: weir check, then weir serve.${COMMAND_HINT}`];
  return {
    exitCode: 0,
    stdout: json
      ? `${JSON.stringify({ ok: true, output, messages: sentences }, null, 2)}\n`
      : said.map((text) => `${text}\n`).join(''),
    stderr: '',
  };
}

/** `weir init`. Recognising servers is handed in: commands know no upstreams. */
export function register(program: Command, { identify }: { identify: Identify }): void {
  program
    .command('init')
    .description('find what runs on this machine, and write weir.yaml from it')
    .option('--output <file>', 'the file to write', CONFIG_FILE)
    .option('--force', 'replace the file where there is one')
    .option(
      '--yes-cloud <name>',
      'use a cloud provider whose key is in the environment; may be repeated',
      (name: string, before: string[]) => [...before, name],
      [],
    )
    .option('--json', 'print one JSON document, and ask nothing')
    .action(async (options: { output: string; force?: boolean; yesCloud: string[]; json?: boolean }) => {
      const json = options.json === true;
      const atTerminal = isAtTerminal() && !json;
      const result = await init(
        { output: options.output, force: options.force === true, yesCloud: options.yesCloud, json },
        {
          environment: process.env,
          identify,
          fetch,
          now: new Date(),
          ...(atTerminal ? { ask: askAtTerminal } : {}),
        },
      );
      process.stdout.write(result.stdout);
      process.stderr.write(result.stderr);
      process.exitCode = result.exitCode;
    });
}

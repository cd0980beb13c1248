import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { cloudKeys, refuseYes } from '../../config/init/cloud.ts';
import { detect } from '../../config/init/detect.ts';
import type { Identify } from '../../config/init/detect.ts';
import type { Fetch } from '../../upstream/transport/server-fetch.ts';
import type { Environment } from '../../config/load/interpolate.ts';
import { buildLadder } from '../../config/init/ladder.ts';
import { configTemplate } from '../../config/init/template.ts';
import { renderConfig, writeConfig } from '../../config/init/write.ts';
import { identifyServer } from '../../gateway/gateway.ts';
import { askAtTerminal, isAtTerminal, type AskCloud } from '../common/ask-at-terminal.ts';
import type { CommandResult } from './check.ts';
import { commandLine, CONFIG_FILE } from '../../format/command-line.ts';

export interface InitOptions {
  output: string;
  force: boolean;
  /** Names of the cloud providers that the command line allows. */
  yesCloud: readonly string[];
  json: boolean;
}

/** What `init` needs from its surroundings. */
export interface InitSurroundings {
  environment: Environment;
  identify: Identify;
  fetch: Fetch;
  now: Date;
  /** Asks the user whether a provider may be used. Absent without a terminal: then none may. */
  ask?: AskCloud;
}

function refused(messages: readonly string[], exitCode: 1 | 2, json: boolean): CommandResult {
  const stdout = json ? `${JSON.stringify({ ok: false, messages }, null, 2)}\n` : '';
  return { exitCode, stdout, stderr: json ? '' : messages.map((message) => `${message}\n`).join('') };
}

const existsAlready = (output: string): string =>
  `${output} already exists and was not changed. Replace it with --force, or name another file with --output.`;

/** Finds the model servers of this machine and writes a configuration for them. */
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
  const { config, sentences, comments } = buildLadder(found, { keys, cloudYes, now, environment });
  const written = config === undefined ? configTemplate(output) : renderConfig(config, comments);
  try {
    if (!writeConfig(output, written, { force })) return refused([existsAlready(output)], 2, json);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return refused(
      [`${output} cannot be written (${reason}). Check that its folder exists and that you may write there.`],
      1,
      json,
    );
  }
  const next =
    config === undefined
      ? [
          'No model was found. Start a model server on this machine, or put the API key of a cloud provider into the environment and allow it with --yes-cloud, and do this again with --force.',
          `Or fill in ${output}, which was written as a template: ${commandLine('check', output)} says what is missing. Until then ${commandLine('serve --demonstration')} runs the demonstration.`,
        ]
      : [`Wrote ${output}. Next, run ${commandLine('check', output)}, then ${commandLine('serve', output)}.`];
  const said = [...sentences, ...next];
  return {
    exitCode: 0,
    stdout: json
      ? `${JSON.stringify({ ok: true, output, template: config === undefined, messages: config === undefined ? said : sentences }, null, 2)}\n`
      : said.map((text) => `${text}\n`).join(''),
    stderr: '',
  };
}

export function registerInit(program: Command): void {
  program
    .command('init')
    .description(
      'Find the model servers that run on this machine and write weir.yaml for them; if there are none, write a template to fill in. Cloud providers are used only if their API key is in the environment and you allow it, with --yes-cloud or at the terminal.',
    )
    .option('--output <file>', 'file to write', CONFIG_FILE)
    .option('--force', 'replace the file if it exists', false)
    .option(
      '--yes-cloud <name>',
      'use this cloud provider, whose API key is in the environment (for example `openai`; docs/providers.md lists them); may be repeated',
      (name: string, before: string[]) => [...before, name],
      [],
    )
    .option('--json', 'print one JSON document and ask no questions', false)
    .action(async (options: InitOptions) => {
      const atTerminal = isAtTerminal() && !options.json;
      const result = await init(options, {
        environment: process.env,
        identify: identifyServer,
        fetch,
        now: new Date(),
        ...(atTerminal ? { ask: askAtTerminal } : {}),
      });
      process.stdout.write(result.stdout);
      process.stderr.write(result.stderr);
      process.exitCode = result.exitCode;
    });
}

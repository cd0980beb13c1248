import type { Command } from 'commander';
import { parseListen } from '../../config/schema/listen.ts';
import { WeirError } from '../../errors.ts';
import type { Config } from '../../config/schema/schema.ts';
import { createGateway, createLog, identifyServer, type Gateway } from '../../gateway/gateway.ts';
import { banner } from './banner.ts';
import { RECORDED_UPSTREAM } from '../common/demonstration.ts';
import { failed, unusable } from '../common/exit.ts';
import { followConfig } from './follow-config.ts';
import { askAtTerminal, isAtTerminal } from '../common/ask-at-terminal.ts';
import { say } from '../common/output.ts';
import { chooseStart, type Start } from './start.ts';

interface Options {
  config?: string;
  listen?: string;
  demonstration: boolean;
}

export function register(program: Command): void {
  program
    .command('serve')
    .summary('run the gateway')
    .description(
      'Runs the gateway until SIGTERM or SIGINT. Without a configuration it looks at what runs on this machine and builds a ladder from that; with nothing to be found it starts the demonstration.',
    )
    .option('--config <file>', 'the configuration (default: weir.yaml, where there is one)')
    .option('--listen <host:port>', "the address, in place of the configuration's; port 0 takes any free one")
    .option(
      '--demonstration',
      'the recorded demonstration, whatever is here; with --config, as the upstream `recorded` of that file',
      false,
    )
    .action(serve);
}

async function serve(options: Options): Promise<void> {
  const given = options.listen === undefined ? undefined : parseListen(options.listen);
  if (options.listen !== undefined && given === undefined)
    throw unusable(`--listen: '${options.listen}' is not HOST:PORT, such as '127.0.0.1:8787'`);
  const start = await chooseStart(options, {
    folder: process.cwd(),
    environment: process.env,
    identify: identifyServer,
    fetch,
    now: new Date(),
    ...(isAtTerminal() ? { ask: askAtTerminal } : {}),
  });
  const override = (config: Config): Config => (given === undefined ? config : { ...config, listen: given });
  // Who started without a file reads the banner, not a log.
  const log = createLog(start.source === 'file' ? start.config.log.level : 'warn');
  const gateway = await open({ ...start, config: override(start.config) }, log);
  const stopped = untilStopped();
  let unfollow = (): void => {};
  try {
    const address = await listen(gateway);
    if (start.file !== undefined)
      unfollow = followConfig({ file: start.file, gateway, environment: process.env, log, override });
    banner(start, { ...address, keysRequired: await gateway.keys.required() }).forEach(say);
    await stopped;
    say('Weir is stopping: no new requests; those under way are waited for.');
  } finally {
    unfollow();
    await gateway.close();
  }
}

function open({ config, recordings }: Start, log: ReturnType<typeof createLog>): Promise<Gateway> {
  return createGateway({
    config,
    environment: process.env,
    log,
    ...(recordings === undefined
      ? {}
      : { recordings: { upstream: RECORDED_UPSTREAM, questions: recordings } }),
  }).catch(refuse);
}

function listen(gateway: Gateway): Promise<{ host: string; port: number }> {
  return gateway.listen().catch(refuse);
}

/** What stops the start, in a sentence and with its exit code. */
function refuse(error: unknown): never {
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (error instanceof WeirError)
    throw error.code === 'forbidden_host' ? unusable(error.message) : failed(error.message);
  if (code === 'EADDRINUSE')
    throw failed(
      `port ${port} of ${address} is in use: another program listens there, perhaps another Weir. Stop it, or use --listen HOST:PORT.`,
    );
  if (code === 'EACCES')
    throw failed(`port ${port} may not be used by this user; use --listen with a port above 1023.`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    throw unusable(
      `'${address ?? 'the address of listen'}' is no address of this machine; use --listen 127.0.0.1:8787.`,
    );
  throw error;
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (): void => {
      if (asked) process.exit(1);
      asked = true;
      resolve();
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
}

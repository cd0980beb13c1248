import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parseListen } from '../../config/schema/listen.ts';
import { WeirError } from '../../errors.ts';
import type { Config } from '../../config/schema/schema.ts';
import {
  createGateway,
  createLog,
  identifyServer,
  watchUncaught,
  type Gateway,
} from '../../gateway/gateway.ts';
import { defined } from '../../defined.ts';
import { locateStore } from '../../store/open.ts';
import { announceGateway } from '../common/running-gateways.ts';
import { addressOf, banner } from './banner.ts';
import { RECORDED_UPSTREAM } from '../common/demonstration.ts';
import { failed, unusable } from '../common/exit.ts';
import { CONFIG_OPTION } from '../common/options.ts';
import { followConfig } from './follow-config.ts';
import { askAtTerminal, isAtTerminal } from '../common/ask-at-terminal.ts';
import { say } from '../common/output.ts';
import { useProxies } from '../common/use-proxies.ts';
import { chooseStart, type Start } from './start.ts';

interface Options {
  config?: string;
  listen?: string;
  demonstration: boolean;
}

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description(
      'Run the gateway until it receives SIGTERM or SIGINT. Without a configuration, look for model servers on this machine and use those; if there are none, run the demonstration.',
    )
    .option(...CONFIG_OPTION)
    .option(
      '--listen <host:port>',
      "address to listen on, instead of the configuration's; port 0 takes a free one",
    )
    .option(
      '--demonstration',
      'answer from recordings, without any model; with --config, they answer for the upstream `recorded` of that file',
      false,
    )
    .action(serve);
}

async function serve(options: Options): Promise<void> {
  const given = options.listen === undefined ? undefined : parseListen(options.listen);
  if (options.listen !== undefined && given === undefined)
    throw unusable(`--listen '${options.listen}' is not valid. Write HOST:PORT, such as '127.0.0.1:8787'.`);
  useProxies(process.env);
  const start = await chooseStart(options, {
    folder: process.cwd(),
    environment: process.env,
    identify: identifyServer,
    fetch,
    now: new Date(),
    ...(isAtTerminal() ? { ask: askAtTerminal } : {}),
  });
  const override = (config: Config): Config => (given === undefined ? config : { ...config, listen: given });
  // A user who starts without a file reads the banner, not a log.
  const log = createLog(start.source === 'file' ? start.config.log.level : 'warn');
  const gateway = await open({ ...start, config: override(start.config) }, log);
  const stopped = untilStopped();
  const fatal = Promise.withResolvers<'fatal'>();
  const unwatch = watchUncaught({ log, onUncaught: gateway.uncaught, onFatal: () => fatal.resolve('fatal') });
  let unfollow = (): void => {};
  let silence = (): void => {};
  try {
    const address = await listen(gateway, start.file);
    gateway.watchServers();
    if (start.file !== undefined)
      unfollow = followConfig({ file: start.file, gateway, environment: process.env, log, override });
    const { store } = start.config;
    silence = announceGateway(
      defined({
        address: addressOf(address),
        configuration: start.file && resolve(start.file),
        found: start.source === 'found' ? (true as const) : undefined,
        store: locateStore(store).where,
        folder: process.cwd(),
      }),
      process.env,
    );
    banner(start, { ...address, keysRequired: await gateway.keys.required() }).forEach(say);
    if ((await Promise.race([stopped, fatal.promise])) === 'fatal')
      throw failed(
        'Weir exits because of an error that it did not catch; its log has the details. Start it again.',
      );
    say('Weir is stopping. It takes no new requests and finishes those in progress.');
  } finally {
    unfollow();
    silence();
    await gateway.close();
    unwatch();
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

function listen(gateway: Gateway, file: string | undefined): Promise<{ host: string; port: number }> {
  return gateway.listen(file).catch(refuse);
}

/** Says why the gateway cannot start. @throws {CommandError} with the right exit code. */
function refuse(error: unknown): never {
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (error instanceof WeirError)
    throw error.code === 'forbidden_host' ? unusable(error.message) : failed(error.message);
  if (code === 'EADDRINUSE')
    throw failed(
      `Port ${port} of ${address} is in use by another program, perhaps another Weir. Stop that program, or choose another port with --listen HOST:PORT.`,
    );
  if (code === 'EACCES')
    throw failed(
      `This user may not listen on port ${port}. Choose a port above 1023 with --listen HOST:PORT.`,
    );
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    throw unusable(
      `${address === undefined ? 'The configured address' : `'${address}'`} is not an address of this machine. Use --listen 127.0.0.1:8787.`,
    );
  throw error;
}

/** Resolves on the first SIGTERM or SIGINT; a second one ends the process at once. */
function untilStopped(): Promise<void> {
  return new Promise((stop) => {
    let asked = false;
    const onSignal = (): void => {
      if (asked) process.exit(1);
      asked = true;
      stop();
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
}

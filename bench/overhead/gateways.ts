import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A gateway in front of the stub: started alone, loaded, stopped. */
export interface Gateway {
  name: string;
  process: ChildProcess;
  url: string;
  headers: string[];
}

const root = join(import.meta.dirname, '..', '..');
const node = process.execPath;

const bareProxy = join(import.meta.dirname, 'bare-proxy.mjs');

/** The yardstick, with a hash of its file: rows that were made with another are not compared with these. */
export const BARE_PROXY = `bare Node proxy ${createHash('sha256').update(readFileSync(bareProxy)).digest('hex').slice(0, 8)}`;

export async function startBare(port: number, stubPort: number): Promise<Gateway> {
  const child = spawn(node, [bareProxy, String(port), `http://127.0.0.1:${stubPort}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return ready({ name: BARE_PROXY, process: child, url: url(port), headers: [] }, port);
}

/** The whole path: two tiers, a key, signals, a threshold that these answers pass, the record on disk. */
export async function startWeir(folder: string, port: number, stubPort: number): Promise<Gateway> {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'weir.yaml');
  writeFileSync(
    config,
    `listen: 127.0.0.1:${port}
store: sqlite:${folder}/weir.db
upstreams:
  stub: { baseUrl: "http://127.0.0.1:${stubPort}/v1", location: on-premises, maxConcurrent: 64 }
models:
  small: { upstream: stub, model: small, price: { input: 0.1, output: 0.1 }, logprobs: stream }
  large: { upstream: stub, model: large, price: { input: 1, output: 1 }, logprobs: none }
routes:
  auto:
    serves: ["gpt-4.1-mini"]
    tiers: [small, large]
    objective: { thresholds: [0.01], withoutConfidence: accept }
`,
  );
  const weir = [join(root, 'src/cli/main.ts')];
  const key = execFileSync(
    node,
    [...weir, 'keys', 'create', '--name', 'bench', '--config', config, '--json'],
    {
      encoding: 'utf8',
      cwd: folder,
    },
  );
  const { key: token } = JSON.parse(key) as { key: string };
  const child = spawn(node, [...weir, 'serve', '--config', config], { stdio: 'ignore', cwd: folder });
  return ready(
    { name: 'Weir', process: child, url: url(port), headers: [`Authorization: Bearer ${token}`] },
    port,
  );
}

const PORTKEY_VERSION = '1.15.2';
/** The Node that Portkey's own container image runs. */
const PORTKEY_NODE = 20;

/** Portkey's gateway and its Node, brought into `folder` for this measurement only. */
export async function startPortkey(
  folder: string,
  port: number,
  stubPort: number,
  on: 'its Node' | 'our Node',
): Promise<Gateway> {
  const home = join(folder, 'portkey');
  const entry = join(home, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  const itsNode = join(home, 'node_modules/node/bin/node');
  if (!existsSync(entry) || !existsSync(itsNode)) {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), '{"private":true}');
    const packages = [`@portkey-ai/gateway@${PORTKEY_VERSION}`, `node@${PORTKEY_NODE}`];
    execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', ...packages], {
      cwd: home,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const binary = on === 'its Node' ? itsNode : node;
  const version = execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim();
  const child = spawn(binary, [entry, `--port=${port}`, '--headless'], {
    stdio: 'ignore',
    cwd: home,
    env: { ...process.env, NODE_ENV: 'production', TRUSTED_CUSTOM_HOSTS: '127.0.0.1,localhost' },
  });
  const headers = ['x-portkey-provider: openai', `x-portkey-custom-host: http://127.0.0.1:${stubPort}/v1`];
  const name = `Portkey ${PORTKEY_VERSION} on Node ${version}`;
  return ready({ name, process: child, url: url(port), headers }, port);
}

export async function stop(gateway: Gateway): Promise<void> {
  if (gateway.process.exitCode !== null) return;
  const ended = new Promise((resolve) => gateway.process.once('exit', resolve));
  gateway.process.kill('SIGTERM');
  const timer = setTimeout(() => gateway.process.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(timer);
}

function url(port: number): string {
  return `http://127.0.0.1:${port}/v1/chat/completions`;
}

async function ready(gateway: Gateway, port: number): Promise<Gateway> {
  for (let attempt = 0; attempt < 150; attempt += 1) {
    try {
      await fetch(`http://127.0.0.1:${port}/healthz`);
      return gateway;
    } catch {
      if (gateway.process.exitCode !== null) break;
      await sleep(100);
    }
  }
  throw new Error(`${gateway.name} did not start`);
}

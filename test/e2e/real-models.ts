import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const shared = process.env['WEIR_SHARED'] ?? join(import.meta.dirname, '../../../shared');
const home = process.env['WEIR_MODELS'] ?? join(homedir(), '.cache/weir-models');
const serve = join(shared, 'models/serve');

/** A reason to skip, said by the test, where a model or its server is not on this machine. */
export function missing(...names: string[]): string | false {
  if (!existsSync(serve)) return 'the shared models folder is not here (WEIR_SHARED names it)';
  const absent = names.filter((name) => !existsSync(join(home, `${name}.gguf`)));
  return absent.length === 0 ? false : `no weights for ${absent.join(', ')} here: run the models' get`;
}

export interface ModelServer {
  baseUrl: string;
  process: ChildProcess;
}

/** llama.cpp's own server with one of the small real models. */
export async function startModel(name: string, threads = 2): Promise<ModelServer> {
  const port = await freePort();
  const child = spawn(serve, [name, '--port', String(port), '--threads', String(threads)], {
    stdio: 'ignore',
  });
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
    if (answer?.ok === true) return { baseUrl, process: child };
    if (child.exitCode !== null) break;
    await sleep(100);
  }
  child.kill('SIGKILL');
  throw new Error(`the server of ${name} did not start`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

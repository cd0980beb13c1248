/**
 * Runs FILE for `run.mjs` on another Node, and ends it when `run.mjs` is gone. A launcher that is killed cannot pass that on;
 * but the pipe between the two then ends, on every system. A gateway must not stay on its port without anybody who stops it.
 */
import { Socket } from 'node:net';
import { pathToFileURL } from 'node:url';

/** The pipe from `run.mjs`, beside standard input, output and error. Nothing is ever written to it. */
const LAUNCHER = 3;

new Socket({ fd: LAUNCHER, readable: true, writable: false })
  .on('close', () => process.kill(process.pid, 'SIGTERM'))
  .on('error', () => {})
  .resume()
  .unref();

// As if FILE had been started itself.
process.argv.splice(1, 1);
await import(pathToFileURL(String(process.argv[1])).href);

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

export interface LoadResult {
  requests: number;
  requestsPerSecond: number;
  p50Us: number;
  p99Us: number;
  failed: number;
  /** Processor time of the gateway's process, user and system, for each request. */
  cpuUsPerRequest: number;
}

export interface Load {
  url: string;
  script: string;
  bodyFile: string;
  headers: readonly string[];
  connections: number;
  seconds: number;
  pid: number;
}

/** One run of wrk with one thread. @throws where wrk is missing or prints no result. */
export async function load({
  url,
  script,
  bodyFile,
  headers,
  connections,
  seconds,
  pid,
}: Load): Promise<LoadResult> {
  const before = cpuSeconds(pid);
  const flags = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, url, '--'];
  const { stdout } = await run('wrk', [...flags, bodyFile, ...headers]);
  const cpu = cpuSeconds(pid) - before;
  const line = stdout.split('\n').find((text) => text.startsWith('JSON '));
  if (line === undefined) throw new Error(`wrk printed no result:\n${stdout}`);
  const result = JSON.parse(line.slice(5)) as Record<string, number>;
  const {
    requests = 0,
    duration_us: duration = 1,
    non2xx = 0,
    connect = 0,
    read = 0,
    write = 0,
    timeout = 0,
  } = result;
  return {
    requests,
    requestsPerSecond: (requests * 1e6) / duration,
    p50Us: result['p50_us'] ?? Number.NaN,
    p99Us: result['p99_us'] ?? Number.NaN,
    failed: non2xx + connect + read + write + timeout,
    cpuUsPerRequest: (cpu * 1e6) / Math.max(1, requests),
  };
}

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

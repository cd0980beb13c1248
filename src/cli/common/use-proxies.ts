import { setGlobalProxyFromEnv } from 'node:http';
import type { Environment } from '../../config/load/interpolate.ts';

const VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'https_proxy', 'http_proxy'] as const;
const ON_THIS_MACHINE = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Makes `fetch`, by which alarms are sent and servers are looked for, go through the proxies of the environment, but for
 * addresses on this machine. Upstreams look for theirs themselves.
 */
export function useProxies(environment: Environment): void {
  const named = VARIABLES.flatMap((name): [string, string][] => {
    const value = environment[name] ?? '';
    return value === '' ? [] : [[name, value]];
  });
  if (named.length === 0) return;
  const excepted = [environment['NO_PROXY'] ?? environment['no_proxy'] ?? '', ...ON_THIS_MACHINE];
  setGlobalProxyFromEnv({
    ...Object.fromEntries(named),
    NO_PROXY: excepted.filter((host) => host !== '').join(','),
  });
}

import { isDeepStrictEqual } from 'node:util';
import type { Config, UpstreamConfig } from '../schema/schema.ts';

type Named = 'upstreams' | 'models' | 'routes';

const NAMED: readonly Named[] = ['upstreams', 'models', 'routes'];

/** Credentials are compared by their text, which does not leave this file. */
function plainUpstream({ apiKey, headers, proxy, ...rest }: UpstreamConfig): object {
  return {
    ...rest,
    apiKey: apiKey?.reveal(),
    proxy: proxy?.reveal(),
    headers: Object.entries(headers).map(([header, value]) => [header, value.reveal()]),
  };
}

function plain(config: Config): Record<string, unknown> {
  const upstreams = Object.entries(config.upstreams).map(([name, upstream]) => [
    name,
    plainUpstream(upstream),
  ]);
  const alarms = config.alarms.map(({ webhook, token, format }) => [
    webhook.reveal(),
    token?.reveal(),
    format,
  ]);
  return { ...config, alarms, upstreams: Object.fromEntries(upstreams) as unknown };
}

/** Whether two configurations of an upstream are equal, including credentials. */
export function isSameUpstream(one: UpstreamConfig | undefined, other: UpstreamConfig | undefined): boolean {
  return (
    one !== undefined && other !== undefined && isDeepStrictEqual(plainUpstream(one), plainUpstream(other))
  );
}

/** The differences between two configurations: `routes.auto changed`, `models.large added`, `retention changed`. */
export function describeChanges(before: Config, after: Config): string[] {
  const [old, now] = [plain(before), plain(after)];
  // An optional key may be in only one of the two.
  return [...new Set([...Object.keys(now), ...Object.keys(old)])].flatMap((key) => {
    if (isDeepStrictEqual(old[key], now[key])) return [];
    if (!NAMED.includes(key as Named)) return [`${key} changed`];
    const [was, is] = [old[key] as Record<string, unknown>, now[key] as Record<string, unknown>];
    return [
      ...Object.keys(is).flatMap((name) => {
        if (!Object.hasOwn(was, name)) return [`${key}.${name} added`];
        return isDeepStrictEqual(was[name], is[name]) ? [] : [`${key}.${name} changed`];
      }),
      ...Object.keys(was).flatMap((name) => (Object.hasOwn(is, name) ? [] : [`${key}.${name} removed`])),
    ];
  });
}

import { isSameUpstream } from '../config/describe/describe-changes.ts';
import type { Config } from '../config/schema/schema.ts';
import { defined } from '../defined.ts';
import type { Log } from '../telemetry/names.ts';
import type { Dialect } from '../upstream/dialect.ts';
import { createRecordedUpstream } from '../upstream/recorded/recorded.ts';
import type { RecordedQuestions } from '../upstream/recorded/recorded-questions.ts';
import type { BreakerEvent } from '../upstream/resilience/breaker.ts';
import { withResilience } from '../upstream/resilience/resilience.ts';
import type { RetryEvent } from '../upstream/resilience/retry.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** The dialects that upstreams may be configured to speak. */
export type Dialects = readonly Dialect[];

/** One upstream answers with what was recorded: the demonstration. */
export interface Recordings {
  upstream: string;
  questions: RecordedQuestions;
}

/** What upstreams are made of, beside the configuration. */
export interface UpstreamParts {
  log: Log;
  dialects: Dialects;
  recordings: Recordings | undefined;
}

/** Every upstream of the configuration, wrapped once: nothing else in the program makes one. */
export function makeUpstreams(
  config: Config,
  { log, dialects, recordings }: UpstreamParts,
  before: { config: Config; upstreams: ReadonlyMap<string, Upstream> } | undefined,
): ReadonlyMap<string, Upstream> {
  return new Map(
    Object.entries(config.upstreams).map(([name, upstream]): [string, Upstream] => {
      const known = before?.upstreams.get(name);
      if (known !== undefined && isSameUpstream(before?.config.upstreams[name], upstream))
        return [name, known];
      if (name === recordings?.upstream) return [name, recordedUpstream(config, name, recordings.questions)];
      const { connect, firstByte, firstByteOrNext, idle, total } = upstream.timeouts;
      const server = dialectNamed(dialects, upstream.dialect).createUpstream({
        name,
        baseUrl: upstream.baseUrl,
        location: upstream.location,
        ...defined({
          apiKey: upstream.apiKey?.reveal(),
          apiVersion: upstream.apiVersion,
          proxy: upstream.proxy?.reveal(),
          ca: upstream.ca,
        }),
        headers: Object.fromEntries(
          Object.entries(upstream.headers).map(([header, value]) => [header, value.reveal()]),
        ),
        timeouts: {
          connectMs: connect,
          firstByteMs: firstByte,
          firstByteOrNextMs: firstByteOrNext,
          idleMs: idle,
          totalMs: total,
        },
      });
      const { maxConcurrent, maxQueue, queueTimeout, retries } = upstream;
      const observe = (event: RetryEvent | BreakerEvent): void =>
        log.info(
          { ...event, upstream: name },
          event.kind === 'retry'
            ? 'a failed call of an upstream is repeated'
            : "an upstream's circuit changed",
        );
      return [
        name,
        withResilience(server, { maxConcurrent, maxQueue, queueTimeoutMs: queueTimeout, retries, observe }),
      ];
    }),
  );
}

function recordedUpstream(config: Config, name: string, questions: RecordedQuestions): Upstream {
  const models = Object.values(config.models).flatMap(({ upstream, model }) =>
    upstream === name ? [model] : [],
  );
  const { location } = config.upstreams[name] ?? {};
  return createRecordedUpstream({
    name,
    models,
    questions: () => Promise.resolve(questions),
    ...defined({ location }),
  });
}

/** @throws {RangeError} where there is none: loadConfig has checked every reference, so only a Config made by hand comes here. */
export function upstreamNamed(upstreams: ReadonlyMap<string, Upstream>, name: string): Upstream {
  const upstream = upstreams.get(name);
  if (upstream === undefined) throw new RangeError(`no upstream is named '${name}'`);
  return upstream;
}

/** @throws {RangeError} as {@link upstreamNamed} does. */
export function dialectNamed(dialects: Dialects, name: string): Dialect {
  const dialect = dialects.find((candidate) => candidate.name === name);
  if (dialect === undefined) throw new RangeError(`no dialect is named '${name}'`);
  return dialect;
}

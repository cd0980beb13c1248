import { chatRequestSchema, type Completion } from '../../protocol/common/chat.ts';
import { DONE, type SseEvent } from '../../wire/sse.ts';
import { openAiApi } from '../openai-compatible/openai-compatible.ts';
import { createHttpUpstream, DEFAULT_TIMEOUTS } from '../transport/http-upstream.ts';
import { cancelled } from '../transport/call-failure.ts';
import {
  UpstreamError,
  wrapUpstream,
  type Upstream,
  type UpstreamOptions,
  type UpstreamReply,
  type UpstreamRequest,
} from '../upstream.ts';
import { callOptionsOf } from './call-options.ts';
import { failureOfSdk, failureOfStreamPart, type FailingProvider } from './failures.ts';
import type { SdkProvider } from './providers.ts';
import { openParts } from './read-parts.ts';
import { completionOfResult, type AnswerHead } from './read-result.ts';
import { failureOfProvider } from './refusals.ts';
import { createSdkFetch, sdkCalls, type SdkCall } from './sdk-fetch.ts';
import { loadPackage, PackageUnfit } from './sdk-package.ts';
import type { CallOptions, SdkModel, SdkProviderInstance, SdkSettings, SdkStreamPart } from './sdk-types.ts';

/** Of language models, as `sdk-types.ts` has it. */
const SPECIFICATION = 'v4';

/**
 * A provider behind a package of the AI SDK: takes and gives the common form. The package is loaded with the first call.
 * @throws {TypeError} where `baseUrl` is no http(s) URL or carries credentials.
 */
export function createSdkUpstream(options: UpstreamOptions, provider: SdkProvider): Upstream {
  const { name, apiKey } = options;
  const server = createHttpUpstream(options, {
    ...openAiApi,
    // The package writes them.
    keyHeaders: () => ({}),
    failureOfStatus: failureOfProvider,
    statusOfErrorInside: provider.statusOfErrorInside ?? openAiApi.statusOfErrorInside,
  });
  const baseUrl = new URL(options.baseUrl).href.replace(/\/+$/, '');
  const from: FailingProvider = {
    upstream: name,
    url: baseUrl,
    secrets: [apiKey, ...provider.secrets.map((variable) => process.env[variable])].filter(
      (secret) => secret !== undefined,
    ),
    failureOfStatus: failureOfProvider,
  };
  const credentialsWithinMs = options.timeouts?.firstByteMs ?? DEFAULT_TIMEOUTS.firstByteMs;
  let made: Promise<SdkProviderInstance> | undefined;

  async function instance(): Promise<SdkProviderInstance> {
    made ??= makeInstance({ baseURL: baseUrl, fetch: createSdkFetch(server, baseUrl) });
    try {
      return await made;
    } catch (error) {
      // What is missing may be there for the next call.
      made = undefined;
      throw error;
    }
  }

  async function makeInstance(settings: SdkSettings): Promise<SdkProviderInstance> {
    const { [provider.create]: create } = loadPackage(provider.module ?? provider.package);
    if (typeof create !== 'function') throw new PackageUnfit(provider.package, `has no '${provider.create}'`);
    const own = await provider.settings(options, process.env);
    // What a package of the AI SDK makes is such an instance, if it follows the version that it says.
    const created = (create as (settings: SdkSettings) => SdkProviderInstance)({
      ...settings,
      ...own,
      ...(apiKey === undefined ? {} : { apiKey }),
    });
    if (created.specificationVersion !== SPECIFICATION)
      throw new PackageUnfit(
        provider.package,
        `follows version '${created.specificationVersion}' of the AI SDK's specification, and not '${SPECIFICATION}'`,
      );
    return created;
  }

  /** Makes one call of a model; it is given up where the client has, or where no credentials come. */
  async function ask<Answer>(
    call: SdkCall,
    make: (model: SdkModel, options: CallOptions) => PromiseLike<Answer>,
  ): Promise<Answer> {
    const { request } = call;
    const chat = chatRequestSchema.parse(JSON.parse(request.body));
    const asked = callOptionsOf(chat, name, provider.without(chat, request.model));
    const written = provider.adapt?.(asked) ?? asked;
    const { promise: givenUp, reject } = Promise.withResolvers<never>();
    const aborted = (): void =>
      reject(cancelled(name, request.signal.reason, call.sent ? undefined : 'unsent'));
    if (request.signal.aborted) aborted();
    request.signal.addEventListener('abort', aborted);
    const timer = setTimeout(() => {
      if (!call.sent) reject(noCredentialsInTime(name, credentialsWithinMs));
    }, credentialsWithinMs);
    try {
      const asking = sdkCalls.run(call, async () => {
        const model = (await instance()).languageModel(request.model);
        return make(model, { ...written, abortSignal: request.signal });
      });
      return await Promise.race([asking, givenUp]);
    } catch (error) {
      throw failureOfSdk(error, call, from);
    } finally {
      clearTimeout(timer);
      request.signal.removeEventListener('abort', aborted);
    }
  }

  return wrapUpstream(server, {
    models: () => Promise.resolve([]),
    async chat(request: UpstreamRequest): Promise<UpstreamReply> {
      const leave = new AbortController();
      const signal = AbortSignal.any([request.signal, leave.signal]);
      const call: SdkCall = { request: { ...request, signal }, sent: false, credentials: [], headers: {} };
      const head: AnswerHead = { upstream: name, model: request.model, id: request.requestId };
      if (!request.stream) {
        const result = await ask(call, (model, written) => model.doGenerate(written));
        return {
          kind: 'whole',
          headers: call.headers,
          text: JSON.stringify(completionOfResult(result, head)),
        };
      }
      const { stream } = await ask(call, (model, written) => model.doStream(written));
      return { kind: 'stream', headers: call.headers, events: eventsOf(stream, call, { head, from, leave }) };
    },
  });
}

async function* eventsOf(
  stream: ReadableStream<SdkStreamPart>,
  call: SdkCall,
  { head, from, leave }: { head: AnswerHead; from: FailingProvider; leave: AbortController },
): AsyncGenerator<SseEvent, void, undefined> {
  const read = openParts(head);
  let ended = false;
  try {
    for await (const part of stream) {
      if (part.type === 'error') throw failureOfStreamPart(part.error, call, from);
      for (const chunk of read(part)) {
        ended ||= endsWith(chunk);
        yield { data: JSON.stringify(chunk) };
      }
    }
    // A stream that says no reason has broken off.
    if (ended) yield { data: DONE };
  } catch (error) {
    throw failureOfSdk(error, call, from);
  } finally {
    // Else the connection would wait for its next piece.
    leave.abort();
  }
}

function endsWith({ choices }: Completion): boolean {
  return choices.some(({ finish_reason: reason }) => reason != null);
}

function noCredentialsInTime(upstream: string, withinMs: number): UpstreamError {
  return new UpstreamError({
    code: 'upstream_timeout',
    message: `The credentials for upstream '${upstream}' did not come within ${withinMs} ms (\`upstreams.${upstream}.timeouts.firstByte\`)`,
    safeToRepeat: true,
    unbilled: true,
  });
}

import { memberOf } from '../../defined.ts';
import { cancelled, invalidResponse } from '../transport/call-failure.ts';
import { failureInStream, type RefusedAnswer } from '../transport/http-upstream.ts';
import { createRedactor } from '../transport/redact.ts';
import { UpstreamError, type UpstreamFailure } from '../upstream.ts';
import { PackageUnfit } from './sdk-package.ts';
import type { SdkCall } from './sdk-fetch.ts';

/** Whose failures are told. */
export interface FailingProvider {
  upstream: string;
  url: string;
  secrets: readonly string[];
  failureOfStatus: (answer: RefusedAnswer) => UpstreamFailure;
}

/** Errors with which a package refuses what it was asked. */
const REFUSES = /^AI_(?:Unsupported|Invalid(?:Prompt|Argument|MessageRole)|TypeValidation|NoSuchModel)/;

/** What an error of a package means for the client. */
export function failureOfSdk(error: unknown, call: SdkCall, from: FailingProvider): UpstreamError {
  const { upstream } = from;
  const { signal, model } = call.request;
  const redact = createRedactor([...from.secrets, ...call.credentials]);
  const known = call.failure ?? (error instanceof UpstreamError ? error : undefined);
  if (known !== undefined) return redacted(known, redact);
  if (signal.aborted) return cancelled(upstream, signal.reason, call.sent ? undefined : 'unsent');
  const said = redact(error instanceof Error ? error.message : String(memberOf(error, 'message') ?? error));
  if (call.sent)
    return invalidResponse(upstream, 'answered with something that the AI SDK cannot read.', said);
  if (error instanceof PackageUnfit)
    return new UpstreamError({
      code: 'upstream_error',
      message: `Upstream '${upstream}' cannot be called: ${error.message}; ${installLine(error.package)}.`,
      safeToRepeat: false,
      unbilled: true,
    });
  const name = error instanceof Error ? error.name : '';
  if (error instanceof RangeError || REFUSES.test(name))
    return new UpstreamError({
      code: 'upstream_rejected',
      message: `Upstream '${upstream}' cannot be asked for this: the AI SDK has no way to write the request for model '${model}'.`,
      said,
      safeToRepeat: false,
      unbilled: true,
    });
  return new UpstreamError({
    code: 'upstream_credentials',
    message: `Upstream '${upstream}' was not called, because the gateway has no credentials for it; set them in its environment.`,
    said,
    safeToRepeat: false,
    unbilled: true,
  });
}

/** What an error means that came in a stream, as a package tells it. */
export function failureOfStreamPart(error: unknown, call: SdkCall, from: FailingProvider): UpstreamError {
  if (call.failure !== undefined || error instanceof UpstreamError) return failureOfSdk(error, call, from);
  const [status, message] = [
    memberOf(error, 'statusCode') ?? memberOf(error, 'code'),
    memberOf(error, 'message'),
  ];
  if (memberOf(error, 'data') === undefined || typeof message !== 'string')
    return failureOfSdk(error, call, from);
  const failure = from.failureOfStatus({
    upstream: from.upstream,
    url: from.url,
    model: call.request.model,
    status: typeof status === 'number' && status >= 400 && status <= 599 ? status : 200,
    headers: {},
    text: JSON.stringify({ message }),
  });
  const redact = createRedactor([...from.secrets, ...call.credentials]);
  return redacted(failureInStream(from.upstream, failure), redact);
}

/** What to do where a package is missing. */
export function installLine(name: string): string {
  return `install it beside Weir, or in the folder in which Weir starts: npm install ${name} (it needs Node 22 or later)`;
}

/** What is sent is signed here, and not by the connection, which so does not know the credentials. */
function redacted(error: UpstreamError, redact: (text: string) => string): UpstreamError {
  const { said, body, ...failure } = error.failure;
  return new UpstreamError(
    {
      ...failure,
      ...(said === undefined ? {} : { said: redact(said) }),
      ...(body === undefined ? {} : { body: JSON.parse(redact(JSON.stringify(body))) as unknown }),
    },
    error.cause,
  );
}

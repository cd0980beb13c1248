import type { TokenCounting } from '../protocol/protocol.ts';
import { mayGoTo } from '../routing/tier-obstacle.ts';
import { requestFeatures } from '../routing/signals/read-signals.ts';
import { HEADERS } from '../telemetry/names.ts';
import type { DialectCounting } from '../upstream/dialect.ts';
import { UpstreamError } from '../upstream/upstream.ts';
import type { ClientRequest } from '../protocol/common/chat.ts';
import { WeirError } from '../errors.ts';
import type { Incoming, Reply } from '../wire/http-message.ts';
import { routeOf } from './answer-chat.ts';
import { createAnswerBooking } from './memory/memory-costs.ts';
import type { RequestContext } from './request-context.ts';
import { readRequestHeaders, tierRange } from './request-headers.ts';
import type { ServedTier } from './served-route.ts';

/** A count is not worth more waiting: there is an estimate. */
const PATIENCE_MS = 1_000;
const LONGEST_MS = 20_000;

/**
 * How many tokens a request has: by the last tier that may have it, where that is a server of the client's own kind; else an
 * estimate, which the reply's headers call one. Nothing is recorded: no model answers.
 * @throws {WeirError} where the request itself is at fault.
 */
export async function countTokensOf(
  context: Pick<RequestContext, 'resolve'>,
  counting: TokenCounting,
  incoming: Incoming,
): Promise<Reply> {
  const request = counting.readRequest(await incoming.text(), incoming.headers);
  const headers = readRequestHeaders(incoming.headers);
  const { policy, tiers } = routeOf(context, request.chat.model);
  const { maxTier } = tierRange(policy, headers);
  const last = tiers
    .slice(0, maxTier + 1)
    .findLast(({ tier }) => mayGoTo(policy, headers.dataClass, tier.location));
  const counted = last && (await countAt(last, request, incoming));
  const tokens = counted ?? requestFeatures(request.chat).promptTokens;
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      ...(counted === undefined ? { [HEADERS.estimated]: 'yes' } : {}),
    },
    body: counting.render(Math.ceil(tokens)),
  };
}

/** @returns undefined where it is no count, or no JSON. */
function readCount(counting: DialectCounting, text: string): number | undefined {
  try {
    return counting.read(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** @returns undefined where the server cannot say. @throws {WeirError} where it says that the request is wrong. */
async function countAt(
  { dialect, asked, upstream, recorded }: ServedTier,
  request: ClientRequest,
  incoming: Incoming,
): Promise<number | undefined> {
  const { counting } = dialect;
  if (counting === undefined || dialect.format !== request.format || recorded) return undefined;
  const gone = new AbortController();
  incoming.onGone(() => gone.abort());
  try {
    const reply = await upstream.chat({
      ...counting.write(request, asked),
      path: counting.path,
      model: asked.model,
      stream: false,
      requestId: incoming.requestId,
      keyId: incoming.keyId,
      patienceMs: PATIENCE_MS,
      canGoOn: true,
      onBytes: createAnswerBooking(incoming.holding, gone).whole,
      signal: AbortSignal.any([gone.signal, AbortSignal.timeout(LONGEST_MS)]),
    });
    return reply.kind === 'whole' ? readCount(counting, reply.text) : undefined;
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    const { code, message, said = message, status } = error.failure;
    if (code === 'upstream_rejected') throw new WeirError(code, said, status === undefined ? {} : { status });
    return undefined;
  }
}

import { clientErrorOf, commonErrorBody } from '../protocol/common/client-error.ts';
import { attemptFailure, clientErrorOfFailure, rejectionOf } from '../request/attempt-failure.ts';
import type { RequestContext } from '../request/request-context.ts';
import { formatEvent, type SseEvent } from '../wire/sse.ts';
import type { PassedState } from './passed-state.ts';
import { passedUsage } from './passed-usage.ts';

type Passing = AsyncGenerator<Uint8Array, void, undefined>;

/** An answer that is neither JSON nor events, as it comes. Where it breaks, so does the client's connection. */
export async function* passBytes(
  context: Pick<RequestContext, 'log'>,
  state: PassedState,
  bytes: AsyncIterable<Uint8Array>,
): Passing {
  try {
    for await (const piece of bytes) {
      state.firstBytes();
      yield piece;
    }
  } catch (error) {
    end(context, state, error);
    throw error;
  }
  state.finish({ status: 200 });
}

/** A stream of events, each as it came; where it breaks, the last one is an error in OpenAI's shape. */
export async function* passEvents(
  context: Pick<RequestContext, 'log'>,
  state: PassedState,
  events: AsyncIterable<SseEvent>,
): Passing {
  const encoder = new TextEncoder();
  try {
    for await (const { data, name } of events) {
      state.counted(passedUsage(data));
      state.firstBytes();
      yield encoder.encode(formatEvent(data, name));
    }
  } catch (error) {
    const told = end(context, state, error);
    yield encoder.encode(formatEvent(JSON.stringify(told)));
    return;
  }
  state.finish({ status: 200 });
}

/** Records how a stream broke, and says what its client may be told. */
function end(context: Pick<RequestContext, 'log'>, state: PassedState, error: unknown): object {
  const failure = attemptFailure(context.log, error, state, state.tier.asked);
  state.finish({ status: failure.status === 499 ? 499 : 200, failure });
  if (failure.status === 499) return commonErrorBody(clientErrorOf(state.abort.signal.reason));
  return commonErrorBody(clientErrorOfFailure(failure, rejectionOf(error)?.body));
}

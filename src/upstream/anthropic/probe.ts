import { forOperators } from '../../errors.ts';
import { ANTHROPIC_VERSION } from '../../protocol/common/anthropic-format.ts';
import { namesReason } from '../../protocol/common/chat.ts';
import { InvalidAnswer, UpstreamError, type ModelProbe, type Upstream } from '../upstream.ts';
import { openMessageEvents } from './read-events.ts';
import { readMessage } from './read-answer.ts';

const TOKENS = 16;

/**
 * Asks a model one tiny question, as a stream and, where none came, without.
 * @throws {UpstreamError} where the model does not answer a plain question at all.
 */
export async function probeMessages(
  upstream: Upstream,
  model: string,
  signal: AbortSignal,
): Promise<ModelProbe> {
  const probe: ModelProbe = { logprobs: 'none', streaming: false, usageInStream: false, notes: [] };
  const listed = await upstream.models(signal).catch(() => []);
  const contextTokens = listed.find(({ id }) => id === model)?.contextTokens;
  if (contextTokens !== undefined) probe.contextTokens = contextTokens;
  try {
    await lookAtStream(upstream, model, signal, probe);
    if (probe.streaming) return probe;
  } catch (error) {
    if (!(error instanceof InvalidAnswer) && !isRefusal(error)) throw error;
    probe.notes.push(
      `Asked as a stream: ${error instanceof UpstreamError ? forOperators(error.failure) : error.message}`,
    );
  }
  const reply = await ask(upstream, model, signal, false);
  if (reply.kind === 'whole') readMessage(reply.text, { upstream: upstream.name });
  return probe;
}

async function lookAtStream(
  upstream: Upstream,
  model: string,
  signal: AbortSignal,
  probe: ModelProbe,
): Promise<void> {
  const reply = await ask(upstream, model, signal, true);
  if (reply.kind !== 'stream') return;
  const readEvent = openMessageEvents({ upstream: upstream.name });
  for await (const event of reply.events) {
    const chunk = readEvent(event);
    if (typeof chunk !== 'object') continue;
    if (chunk.usage != null) probe.usageInStream = true;
    if (chunk.choices.some((choice) => namesReason(choice.finish_reason))) probe.streaming = true;
  }
}

function ask(
  upstream: Upstream,
  model: string,
  signal: AbortSignal,
  stream: boolean,
): ReturnType<Upstream['chat']> {
  const body = JSON.stringify({
    model,
    max_tokens: TOKENS,
    messages: [{ role: 'user', content: 'Say yes.' }],
    ...(stream ? { stream } : {}),
  });
  const headers = { 'anthropic-version': ANTHROPIC_VERSION };
  return upstream.chat({ model, body, stream, headers, requestId: 'weir-probe', signal });
}

/** Also an error inside of a 200. */
function isRefusal(error: unknown): error is UpstreamError {
  const status = error instanceof UpstreamError ? error.failure.status : undefined;
  return status !== undefined && [200, 400, 422, 500, 501].includes(status);
}

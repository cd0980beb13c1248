import { defined } from '../../defined.ts';
import { forOperators, inFull } from '../../errors.ts';
import { invalidResponse } from '../transport/call-failure.ts';
import type { MaxTokensField } from '../asked-tier.ts';
import { InvalidAnswer, UpstreamError, type ModelProbe, type Upstream } from '../upstream.ts';
import { openEvents } from './read-answer.ts';

const TOKENS = 16;
const TOP = 5;

interface Seen {
  logprobs: boolean;
  usage: boolean;
  /** A stream that ended with `[DONE]`. */
  streamed: boolean;
  /** An error in place of an answer, after a 200. */
  error?: string;
}

/**
 * Asks a model one tiny question, as a stream and, where no log-probabilities came, without: some servers accept the
 * parameter and return nothing. At most a few calls of 16 tokens.
 * @param logprobs `without` where no server of the kind gives any: they are not asked for.
 * @throws {UpstreamError} where the model does not answer a plain question at all.
 */
export async function probeModel(
  upstream: Upstream,
  model: string,
  signal: AbortSignal,
  logprobs: 'with' | 'without' = 'with',
): Promise<ModelProbe> {
  const probe: ModelProbe & { maxTokensField: MaxTokensField } = {
    logprobs: 'none',
    streaming: false,
    usageInStream: false,
    maxTokensField: 'max_tokens',
    notes: [],
  };
  const listed = await upstream.models(signal).catch(() => []);
  const contextTokens = listed.find(({ id }) => id === model)?.contextTokens;
  if (contextTokens !== undefined) probe.contextTokens = contextTokens;

  const stream =
    (logprobs === 'with' ? await attempt({ stream: true, logprobs: true }) : undefined) ??
    (await attempt({ stream: true, logprobs: false }));
  probe.streaming = stream?.streamed === true;
  probe.usageInStream = stream?.usage === true;
  if (stream?.logprobs === true) return { ...probe, logprobs: probe.streaming ? 'stream' : 'plain' };

  const plain = logprobs === 'with' ? await attempt({ stream: false, logprobs: true }) : undefined;
  if (plain?.logprobs === true) return { ...probe, logprobs: 'plain' };
  if (plain === undefined && stream === undefined)
    await look(upstream, model, probe.maxTokensField, { stream: false, logprobs: false }, signal);
  if (plain !== undefined) probe.notes.push('It accepts `logprobs`, and returns none.');
  return probe;

  /** Undefined where the model refuses to be asked like this, and why in the notes. */
  async function attempt(how: { stream: boolean; logprobs: boolean }): Promise<Seen | undefined> {
    const asked = `${how.stream ? 'as a stream' : 'without streaming'}, ${how.logprobs ? 'with' : 'without'} log-probabilities`;
    try {
      const seen = await look(upstream, model, probe.maxTokensField, how, signal);
      if (seen.error === undefined) return seen;
      probe.notes.push(`Asked ${asked}: ${seen.error}`);
      return undefined;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (probe.maxTokensField === 'max_tokens' && /max_completion_tokens/.test(error.failure.said ?? '')) {
        probe.maxTokensField = 'max_completion_tokens';
        return attempt(how);
      }
      probe.notes.push(`Asked ${asked}: ${forOperators(error.failure)}`);
      return undefined;
    }
  }
}

/** Servers refuse what they cannot do with a 400, and those that are written carelessly with a 500. */
function isRefusal(error: unknown): error is UpstreamError {
  const status = error instanceof UpstreamError ? error.failure.status : undefined;
  // An error inside of a 200 is one too.
  return status !== undefined && [200, 400, 403, 422, 500, 501].includes(status);
}

async function look(
  upstream: Upstream,
  model: string,
  maxTokensField: MaxTokensField,
  how: { stream: boolean; logprobs: boolean },
  signal: AbortSignal,
): Promise<Seen> {
  const body = JSON.stringify({
    model,
    messages: [{ role: 'user', content: 'Say yes.' }],
    [maxTokensField]: TOKENS,
    stream: how.stream,
    ...(how.stream ? { stream_options: { include_usage: true } } : {}),
    ...(how.logprobs ? { logprobs: true, top_logprobs: TOP } : {}),
  });
  const reply = await upstream.chat({ model, body, stream: how.stream, requestId: 'weir-probe', signal });
  const seen: Seen = { logprobs: false, usage: false, streamed: false };
  const take = (message: Message) => {
    if (message.usage !== undefined && message.usage !== null) seen.usage = true;
    if (hasAlternatives(message)) seen.logprobs = true;
    if (message.error !== undefined && message.error !== null) seen.error = JSON.stringify(message.error);
  };
  if (reply.kind !== 'stream') {
    take(parse(upstream.name, reply.kind === 'whole' ? reply.text : ''));
    return { ...seen, usage: false };
  }
  const readEvent = openEvents({ upstream: upstream.name });
  try {
    for await (const event of reply.events) {
      const chunk = readEvent(event);
      if (chunk === 'done') seen.streamed = true;
      else if (chunk !== undefined && chunk !== 'heartbeat') take(chunk);
    }
  } catch (error) {
    if (!(error instanceof InvalidAnswer)) throw error;
    seen.error = inFull(defined({ message: error.message, said: error.said }));
  }
  return seen;
}

interface Message {
  error?: unknown;
  usage?: unknown;
  choices?: { logprobs?: { content?: { top_logprobs?: unknown[] | null }[] | null } | null }[];
}

/** A chosen token's own log-probability is not enough: margins and entropies need the alternatives. */
function hasAlternatives({ choices }: Message): boolean {
  const content = choices?.[0]?.logprobs?.content;
  return Array.isArray(content) && content.some((token) => (token?.top_logprobs?.length ?? 0) > 0);
}

function parse(upstream: string, text: string): Message {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message === 'object' && message !== null) return message;
  } catch {
    // Told below.
  }
  throw invalidResponse(upstream, 'answered with something that is not a JSON object.');
}

import { memberOf } from '../../defined.ts';
import { forOperators } from '../../errors.ts';
import type { AskedTier, MaxTokensField } from '../asked-tier.ts';
import type { Need } from '../needs.ts';
import { createAnswerReader, type ReadAnswer } from '../answer-reader.ts';
import { InvalidAnswer, UpstreamError, type Ability, type ModelProbe, type Upstream } from '../upstream.ts';
import { readCompletion } from './read-answer.ts';

/** Enough for a call or an object after a little thinking. */
const TOKENS = 256;
/** What is not answered at once is not known. */
const PATIENCE_MS = 1_000;

/** A white picture of eight by eight points. */
const PICTURE =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAD0lEQVR42mP4jwMwDC0JALoev0GJ6La7AAAAAElFTkSuQmCC';

const PARAMETERS = {
  type: 'object',
  properties: { word: { type: 'string' } },
  required: ['word'],
  additionalProperties: false,
};

interface Question {
  /** As notes name it. */
  name: string;
  ask: Record<string, unknown>;
  /** Whether the answer shows that what was asked for was done. */
  isDone: (answer: ReadAnswer) => boolean;
}

const QUESTIONS: Readonly<Record<'tools' | 'images' | 'schema', Question>> = {
  tools: {
    name: 'a tool that must be called',
    ask: {
      messages: [{ role: 'user', content: 'Note the word yes.' }],
      tools: [
        {
          type: 'function',
          function: { name: 'note', description: 'Notes a word.', parameters: PARAMETERS },
        },
      ],
      tool_choice: 'required',
    },
    isDone: ({ view }) => view.toolCalls.some(({ name }) => name === 'note'),
  },
  images: {
    name: 'a picture',
    ask: {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Say yes.' },
            { type: 'image_url', image_url: { url: PICTURE } },
          ],
        },
      ],
    },
    isDone: () => true,
  },
  schema: {
    name: 'a schema for the answer',
    ask: {
      messages: [{ role: 'user', content: 'Write a poem about rain.' }],
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'note', strict: true, schema: PARAMETERS },
      },
    },
    isDone: ({ view }) => isNote(view.text ?? ''),
  },
};

/**
 * Asks a model that answers what else it can: call a tool that it must call, take a picture, hold to a schema. A few calls more;
 * never fails. What could not be found out is absent, with the reason in the notes.
 */
export async function probeAbilities(
  upstream: Upstream,
  model: string,
  probe: ModelProbe,
  signal: AbortSignal,
): Promise<ModelProbe> {
  const found: ModelProbe = { ...probe, notes: [...probe.notes] };
  for (const key of ['tools', 'images', 'schema'] as const) {
    const { ability, note } = await askFor(upstream, model, QUESTIONS[key], probe.maxTokensField, signal);
    if (signal.aborted) return found;
    if (ability !== undefined) found[key] = ability;
    if (note !== undefined) found.notes.push(note);
  }
  return found;
}

const QUESTION_OF: Readonly<Record<Need, Question | undefined>> = {
  tools: QUESTIONS.tools,
  images: QUESTIONS.images,
  jsonSchema: QUESTIONS.schema,
  audio: undefined,
  builtInTools: undefined,
};

/**
 * Asks a model for one thing that its server has refused, and for nothing special where it refuses this too: a server that fails
 * has refused nothing. Never fails. @returns undefined where it was not found out.
 */
export async function probeAbility(
  upstream: Upstream,
  { model, maxTokensField }: Pick<AskedTier, 'model' | 'maxTokensField'>,
  need: Need,
  signal: AbortSignal,
): Promise<Ability | undefined> {
  const question = QUESTION_OF[need];
  if (question === undefined) return undefined;
  const { ability } = await askFor(upstream, model, question, maxTokensField, signal);
  if (ability !== 'refused') return ability;
  const plain = await askFor(upstream, model, PLAIN, maxTokensField, signal);
  return plain.ability === 'yes' ? 'refused' : undefined;
}

const PLAIN: Question = {
  name: 'nothing special',
  ask: { messages: [{ role: 'user', content: 'Say yes.' }] },
  isDone: () => true,
};

async function askFor(
  upstream: Upstream,
  model: string,
  { name, ask, isDone }: Question,
  maxTokensField: MaxTokensField | undefined,
  signal: AbortSignal,
): Promise<{ ability?: Ability; note?: string }> {
  const body = JSON.stringify({ model, [maxTokensField ?? 'max_tokens']: TOKENS, temperature: 0, ...ask });
  try {
    const answer = await read(upstream, { model, body, signal });
    if (isDone(answer)) return { ability: 'yes' };
    if (answer.view.finishReason !== 'length') return { ability: 'ignored' };
    return { note: `Asked with ${name}, it found no end within ${TOKENS} tokens.` };
  } catch (error) {
    const note = `Asked with ${name}: ${wordsOf(error)}`;
    return isRefusal(error) ? { ability: 'refused', note } : { note };
  }
}

async function read(
  upstream: Upstream,
  { model, body, signal }: { model: string; body: string; signal: AbortSignal },
): Promise<ReadAnswer> {
  const call = { model, body, stream: false, requestId: 'weir-probe', patienceMs: PATIENCE_MS, signal };
  const reply = await upstream.chat(call);
  if (reply.kind !== 'whole') throw new InvalidAnswer(`Upstream '${upstream.name}' streamed, unasked.`);
  const reader = createAnswerReader();
  reader.add(readCompletion(reply.text, { upstream: upstream.name }, 'all').completion);
  return reader.finish();
}

/** A server that is busy or gone has refused nothing. */
function isRefusal(error: unknown): boolean {
  const status = error instanceof UpstreamError ? error.failure.status : undefined;
  return status !== undefined && ![408, 429, 502, 503, 504, 529].includes(status);
}

function wordsOf(error: unknown): string {
  if (error instanceof UpstreamError) return forOperators(error.failure);
  return error instanceof Error ? error.message : String(error);
}

function isNote(text: string): boolean {
  try {
    return typeof memberOf(JSON.parse(text), 'word') === 'string';
  } catch {
    return false;
  }
}

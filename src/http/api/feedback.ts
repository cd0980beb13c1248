import { z } from 'zod';
import { defined } from '../../defined.ts';
import { WeirError } from '../../errors.ts';
import { commandLine } from '../../format/command-line.ts';
import type { Label } from '../../store/contract/store.ts';
import type { ApiContext } from './api-context.ts';
import { LABEL_SOURCES, sourceNames } from '../../learning/labels/sources/sources.ts';
import { auditAttempts, findDecision, readAnswerId } from './decisions.ts';
import type { Incoming } from '../../wire/http-message.ts';
import { parseBody } from '../../protocol/common/parse-body.ts';
import { verdictSchema, verdictValue } from './verdict.ts';

/** Limits comments and corrections, which people read. */
const MAX_CHARACTERS = 20_000;
const MAX_TIER = 200;

/** Text that is stored and shown unchanged. */
const textSchema = z
  .string()
  .max(MAX_CHARACTERS, { error: `it may have at most ${MAX_CHARACTERS} characters` })
  .refine((text) => text.isWellFormed() && !text.includes('\0'), {
    error: 'it has characters that are not text',
  });

const feedbackSchema = z.strictObject({
  id: z.string().min(1).max(200),
  verdict: verdictSchema,
  tier: z
    .string()
    .min(1)
    .max(MAX_TIER, { error: `it may have at most ${MAX_TIER} characters` })
    .optional(),
  source: z.enum(sourceNames(LABEL_SOURCES, ({ sentWith }) => sentWith !== undefined)).default('user'),
  comment: textSchema.optional(),
  correction: textSchema.optional(),
});

/**
 * `POST /v1/feedback`: a verdict on an answer becomes a label. A second one of the same source replaces the first; one that
 * says the same changes nothing.
 * @throws {WeirError} `invalid_request`, `unknown_id`, `operator_key_required` or `rate_limit_exceeded`
 */
export async function acceptFeedback(context: ApiContext, incoming: Incoming): Promise<object> {
  context.feedbackLimits.ofKey(incoming.keyId);
  const parsed = parseBody(feedbackSchema, await incoming.text());
  const { id, verdict, source, comment, correction } = parsed;
  const definition = LABEL_SOURCES.find(({ name }) => name === source);
  if (definition?.sentWith !== 'any-key' && !incoming.operator) {
    throw new WeirError(
      'operator_key_required',
      `A verdict with source '${source}' needs an operator's key (${commandLine('keys create --operator')}).`,
      { param: 'source' },
    );
  }
  const { outcome, attempts, audit, labels } = await findDecision(context, incoming.tenant, id);
  const answered = new Set([...attempts, ...auditAttempts(audit)].map((attempt) => attempt.tier));
  const tier = parsed.tier ?? outcome.tier;
  if (tier === undefined || !answered.has(tier)) {
    const asked = [...answered].join(', ');
    throw new WeirError(
      'invalid_request',
      `No answer from tier '${tier ?? ''}' belongs to this completion. Tiers that were asked: ${asked || 'none'}.`,
      { param: 'tier' },
    );
  }
  const label: Label = {
    outcomeId: outcome.id,
    tier,
    source,
    verdict: verdictValue(verdict),
    // Users choose which answers they rate, so no probability of it is known.
    propensity: definition?.isFittedOn === true ? (audit?.propensity ?? 1) : 1,
    createdAtMs: context.now(),
    ...defined({ comment, correction }),
  };
  if (!labels.some((known) => isSameVerdict(known, label))) {
    context.feedbackLimits.ofCompletion(outcome.id, source);
    if (!context.recorder.label(label)) {
      throw new WeirError(
        'store_unavailable',
        'The verdict could not be recorded, because too many rows wait to be written. Try again.',
        { retryAfterMs: 1_000 },
      );
    }
    context.metrics.labelled(outcome.route, source);
  }
  const { answerId } = readAnswerId(id) ?? { answerId: outcome.id };
  return { id: answerId, object: 'weir.feedback', tier, source, verdict: label.verdict };
}

const COMPARED = ['tier', 'source', 'verdict', 'comment', 'correction'] as const;

function isSameVerdict(known: Label, label: Label): boolean {
  return COMPARED.every((field) => known[field] === label[field]);
}

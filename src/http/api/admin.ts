import { z } from 'zod';
import { WeirError } from '../../errors.ts';
import { commandLine } from '../../format/command-line.ts';
import { isoTime } from '../../format/time.ts';
import type { ReviewItem } from '../../learning/operators/review-queue.ts';
import type { RouteStatus } from '../../learning/operators/route-status.ts';
import type { ApiContext } from './api-context.ts';
import type { Incoming } from '../../wire/http-message.ts';
import { COMMON_ID_PREFIX } from '../../protocol/common/chat.ts';
import { parseBody } from '../../protocol/common/parse-body.ts';
import { readAnswerId } from './decisions.ts';
import { verdictSchema, verdictValue } from './verdict.ts';

/** A question of the review queue, as operators see it. */
export interface ReviewQuestion extends Omit<ReviewItem, 'outcomeId' | 'messages' | 'createdAtMs'> {
  id: string;
  messages: unknown;
  createdAt: string;
}

export interface Listed<Entry> {
  object: 'list';
  data: Entry[];
}

const DEFAULT_LIMIT = 20;
const MOST = 200;

const reviewSchema = z.strictObject({ tier: z.string().min(1), verdict: verdictSchema });

/** `GET /admin/api/learning`: the state of each route's learning. @throws {WeirError} `operator_key_required` */
export async function adminStatus(context: ApiContext, incoming: Incoming): Promise<Listed<RouteStatus>> {
  requireOperator(incoming);
  return { object: 'list', data: await context.operatorDesk.status() };
}

/**
 * `GET /admin/api/review?limit=`: the questions where an operator's verdict is worth the most, of all tenants.
 * @throws {WeirError} `operator_key_required` or `invalid_request`
 */
export async function adminReview(
  context: ApiContext,
  incoming: Incoming,
  query: Readonly<Record<string, string>>,
): Promise<Listed<ReviewQuestion>> {
  requireOperator(incoming);
  const limit = Number(query['limit'] ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST)
    throw new WeirError('invalid_request', `'limit' must be a whole number from 1 to ${MOST}.`, {
      param: 'limit',
    });
  const items = await context.operatorDesk.queue({ limit });
  return {
    object: 'list',
    data: items.map(({ outcomeId, messages, createdAtMs, ...rest }) => ({
      id: COMMON_ID_PREFIX + outcomeId,
      ...rest,
      messages: JSON.parse(messages) as unknown,
      createdAt: isoTime(createdAtMs),
    })),
  };
}

/**
 * `POST /admin/api/review/{id}`: an operator's verdict on one answer; a second one replaces the first.
 * @throws {WeirError} `operator_key_required`, `invalid_request` or `unknown_id`
 */
export async function adminVerdict(context: ApiContext, incoming: Incoming, id: string): Promise<object> {
  requireOperator(incoming);
  const { tier, verdict } = parseBody(reviewSchema, await incoming.text());
  const { outcomeId, answerId } = readAnswerId(id) ?? { outcomeId: id, answerId: id };
  const label = await context.operatorDesk.giveVerdict(outcomeId, tier, verdictValue(verdict));
  context.metrics.labelled(label.route, label.source);
  return {
    id: answerId,
    object: 'weir.feedback',
    tier,
    source: label.source,
    verdict: label.verdict,
  };
}

function requireOperator({ operator }: Incoming): void {
  if (operator) return;
  throw new WeirError(
    'operator_key_required',
    `This endpoint needs an operator's key (${commandLine('keys create --operator')}).`,
  );
}

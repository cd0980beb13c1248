import { defined } from '../defined.ts';
import { isoTime } from '../format/time.ts';
import { createHash } from 'node:crypto';
import type { AuditAttempt } from '../store/contract/learning-rows.ts';
import { PASSED } from '../routing/passed.ts';
import type { AttemptRow } from '../store/contract/outcome-rows.ts';
import type { Decision, Label, LabelSource, Store } from '../store/contract/store.ts';
import { traceSchema, type Trace, type TraceAttempt, type TraceSource } from '../traces/trace.ts';

/** Shares of the questions by the name of their split. */
export type Splits = readonly { name: string; share: number }[];

export interface HistoryOptions {
  route?: string;
  sinceMs?: number;
  /** Labels of these sources become scores, the first source with a label first; other sources are left out. */
  sources: readonly LabelSource[];
  splits?: Splits;
}

const PAGE = 500;

/** A store's history as recorded questions, the oldest first. Requests without any whole answer are left out. */
export async function* historyTraces(
  store: Pick<Store, 'history' | 'sources'>,
  { route, sinceMs, sources, splits }: HistoryOptions,
): AsyncGenerator<Trace> {
  const contents = (await store.sources()).map(({ hash, content }) => [hash, JSON.parse(content)] as const);
  const known = new Map<string, TraceSource>(contents);
  let afterId: string | undefined;
  for (;;) {
    const page = await store.history({
      limit: PAGE,
      ...defined({ route, sinceMs, afterId }),
    });
    for (const decision of page) {
      const trace = toTrace(decision, sources, known);
      if (trace !== undefined)
        yield splits === undefined ? trace : { ...trace, split: splitOf(decision, splits) };
    }
    afterId = page.at(-1)?.outcome.id;
    if (page.length < PAGE) return;
  }
}

/**
 * A request as a recorded question, with the answers of its audit; `undefined` if no model gave it a whole answer.
 * @param known whose answers there are, by the hash in the row; absent where nobody asks.
 */
export function toTrace(
  { outcome, attempts, labels, audit }: Decision,
  sources: readonly LabelSource[],
  known: ReadonlyMap<string, TraceSource> = new Map(),
): Trace | undefined {
  // What was passed through is no question that a cascade answers.
  if (outcome.decision === PASSED) return undefined;
  const whole = attempts.filter(isWhole);
  const own = whole.filter(({ about }) => about === undefined);
  const audited = (JSON.parse(audit?.attempts ?? '[]') as AuditAttempt[]).filter(isWhole);
  const askedByAudit = audited.filter(({ paid }) => paid !== true);
  const answers = [...own, ...askedByAudit.filter(({ tier }) => own.every((answer) => answer.tier !== tier))];
  if (answers.length === 0) return undefined;
  const paidFor = (tier: string): Asked | undefined =>
    whole.find(({ about }) => own.some((answer) => answer.tier === tier && answer.position === about)) ??
    audited.find((asked) => asked.paid === true && asked.tier === tier);
  const { request } = JSON.parse(outcome.explanation) as { request?: Record<string, unknown> };
  const { features, inputTokens, u, place, maxOutputTokens } = request ?? {};
  const trace = defined({
    id: outcome.id,
    group: outcome.group,
    route: outcome.route,
    createdAt: isoTime(outcome.createdAtMs),
    messages: outcome.prompt === undefined ? undefined : (JSON.parse(outcome.prompt) as unknown),
    maxTokens: maxOutputTokens,
    request: request === undefined ? undefined : defined({ features, inputTokens, u, place }),
    attempts: Object.fromEntries(
      answers.map((answer) => [
        answer.tier,
        {
          ...sourceOf(answer, known),
          ...toTraceAttempt(answer, scoreOf(labels, answer.tier, sources)),
          ...paidSignalsOf(paidFor(answer.tier)),
        },
      ]),
    ),
  });
  // An older Weir may have written less than the schema requires; such a request is left out.
  return traceSchema.safeParse(trace).data;
}

/** A call to a tier, by the request or by its audit. */
type Asked = AttemptRow | AuditAttempt;

function isWhole({ errorCode, cut }: Asked): boolean {
  return errorCode === undefined && !cut;
}

function toTraceAttempt(row: Asked, label: Label | undefined): TraceAttempt {
  const { answer, costNanoUsd, inputTokens, outputTokens, latencyMs, ttftMs, model, otherTokens, ...rest } =
    row;
  const { verdict: score, source: scoredBy, propensity = 1 } = label ?? {};
  return defined({
    model,
    answer,
    score,
    scoredBy,
    propensity: propensity === 1 ? undefined : propensity,
    costUsd: costNanoUsd === undefined ? undefined : costNanoUsd / 1e9,
    inputTokens,
    outputTokens,
    reasoningTokens: rest.reasoningTokens,
    cachedInputTokens: rest.cachedInputTokens,
    cacheWriteTokens: rest.cacheWriteTokens,
    cacheWriteHourTokens: rest.cacheWriteHourTokens,
    otherTokens:
      otherTokens === undefined ? undefined : (JSON.parse(otherTokens) as TraceAttempt['otherTokens']),
    latencyMs,
    ttftMs,
    signals: JSON.parse(row.signals) as Record<string, number>,
    vetoes: JSON.parse(row.vetoes) as NonNullable<TraceAttempt['vetoes']>,
  });
}

/** Whose answer it is. What was not noted is absent; so is all of it in rows of earlier releases. */
function sourceOf(row: Asked, known: ReadonlyMap<string, TraceSource>): Pick<TraceAttempt, 'source'> {
  const { source: hash, streamed, sampling, fingerprint } = row;
  const content = hash === undefined ? undefined : known.get(hash);
  if (content === undefined) return {};
  return {
    source: defined({
      ...content,
      streamed,
      sampling: sampling === undefined ? undefined : (JSON.parse(sampling) as Record<string, number>),
      fingerprint,
    }),
  };
}

/** The paid signals of an answer. The record has only their total cost, so each has an equal share; the first has what is left. */
function paidSignalsOf(row: Asked | undefined): Pick<TraceAttempt, 'paidSignals'> {
  if (row === undefined) return {};
  const values = Object.entries(JSON.parse(row.signals) as Record<string, number>);
  const { costNanoUsd: total } = row;
  const each = total === undefined ? undefined : Math.floor(total / Math.max(1, values.length));
  const shareOf = (position: number): number | undefined => {
    if (total === undefined || each === undefined) return undefined;
    return (position === 0 ? total - each * (values.length - 1) : each) / 1e9;
  };
  return {
    paidSignals: Object.fromEntries(
      values.map(([name, value], position) => [name, defined({ value, costUsd: shareOf(position) })]),
    ),
  };
}

/** The label of the tier's answer by the first of `sources` that has one. */
export function scoreOf(
  labels: readonly Label[],
  tier: string,
  sources: readonly LabelSource[],
): Label | undefined {
  const own = labels.filter((label) => label.tier === tier);
  for (const source of sources) {
    const found = own.find((label) => label.source === source);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The same split for the same request, and for the same text if texts are stored. */
function splitOf({ outcome }: Decision, splits: Splits): string {
  const key = outcome.prompt ?? outcome.id;
  const u = createHash('sha256').update(key).digest().readUIntBE(0, 6) / 2 ** 48;
  let upTo = 0;
  for (const { name, share } of splits) {
    upTo += share;
    if (u < upTo) return name;
  }
  return splits.at(-1)?.name ?? '';
}

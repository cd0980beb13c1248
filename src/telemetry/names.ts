/** Every metric, response header and log field of the gateway, in one place; `docs/operations.md` explains each. */

/** Prometheus metrics: name, help and labels. */
export const METRICS = {
  requests: {
    name: 'weir_requests_total',
    help: 'Client requests by route, decision and HTTP status.',
    labels: ['route', 'decision', 'status'],
  },
  certified: {
    name: 'weir_certified_answers_total',
    help: 'Answers that a certificate speaks of, by route.',
    labels: ['route'],
  },
  observed: {
    name: 'weir_requests_observed_total',
    help: 'Requests that the last tier alone answered while the others are observed, by route.',
    labels: ['route'],
  },
  rolloutShare: {
    name: 'weir_rollout_share',
    help: 'Share of the conversations that the policy decides, 0 to 1, by route.',
    labels: ['route'],
  },
  notDrawn: {
    name: 'weir_requests_not_drawn_total',
    help: 'Requests for which no coin of an audit was tossed, by route and reason: no certificate speaks of them, or nothing could be spent.',
    labels: ['route', 'reason'],
  },
  requestSeconds: {
    name: 'weir_request_seconds',
    help: 'Time from a request to the end of its answer, by route.',
    labels: ['route'],
  },
  attempts: {
    name: 'weir_attempts_total',
    help: 'Model calls by tier and result (ok, or the code of the error).',
    labels: ['tier', 'result'],
  },
  notMade: {
    name: 'weir_calls_not_made_total',
    help: 'Calls that the gateway kept back by tier and code: an open circuit, a full queue, an allowance used up.',
    labels: ['tier', 'code'],
  },
  attemptSeconds: { name: 'weir_attempt_seconds', help: 'Time of a model call, by tier.', labels: ['tier'] },
  failovers: {
    name: 'weir_failovers_total',
    help: 'Requests that went on to a later tier because one failed, by route, tier and code of the failure.',
    labels: ['route', 'tier', 'code'],
  },
  failoverCost: {
    name: 'weir_failover_cost_usd_total',
    help: 'US dollars that they cost more than the tier that failed would have, where prices are known, by route.',
    labels: ['route'],
  },
  unaccepted: {
    name: 'weir_unaccepted_answers_total',
    help: 'Answers that were served though they were not accepted, because the last tier failed, by route.',
    labels: ['route'],
  },
  schemaJudgements: {
    name: 'weir_schema_judgements_total',
    help: "Answers and tool calls judged by clients' schemas, by verdict (fits, does_not_fit, not_judged) and reason.",
    labels: ['verdict', 'reason'],
  },
  tokens: {
    name: 'weir_tokens_total',
    help: 'Tokens by tier and kind: input, output; of the input cached_input and cache_write, of the output reasoning.',
    labels: ['tier', 'kind'],
  },
  cost: {
    name: 'weir_cost_usd_total',
    help: 'US dollars spent as far as is known, by route, tier, and whether headers narrowed the request.',
    labels: ['route', 'tier', 'narrowed'],
  },
  baseline: {
    name: 'weir_baseline_usd_total',
    help: 'US dollars that the last tier would have cost for requests whose whole cost is known, an estimate, by route and narrowed.',
    labels: ['route', 'narrowed'],
  },
  baselineLeast: {
    name: 'weir_baseline_least_usd_total',
    help: 'The least that weir_baseline_usd_total can be, where nothing is known of the last tier’s cache, by route and narrowed.',
    labels: ['route', 'narrowed'],
  },
  underWay: {
    name: 'weir_requests_under_way',
    help: 'Client requests that are being answered now.',
    labels: [],
  },
  dropped: {
    name: 'weir_recorder_dropped_total',
    help: 'Decisions that were not recorded: full queue or failing store.',
    labels: [],
  },
  memory: {
    name: 'weir_memory_held_bytes',
    help: 'What requests under way and rows of the record hold, of limits.memoryBytes.',
    labels: [],
  },
  memoryRefused: {
    name: 'weir_memory_refused_total',
    help: 'Requests refused or ended because limits.memoryBytes was reached.',
    labels: [],
  },
  connectionsRefused: {
    name: 'weir_connections_refused_total',
    help: 'Connections that were not taken by reason: connections (too many), descriptors, backlog (of the whole machine).',
    labels: ['reason'],
  },
  clientsCut: {
    name: 'weir_clients_cut_total',
    help: 'Clients cut off because they took nothing of their answer for limits.writeTimeout.',
    labels: [],
  },
  uncaught: {
    name: 'weir_uncaught_errors_total',
    help: 'Errors that nobody caught by kind: rejection, exception. Each is a fault of Weir.',
    labels: ['kind'],
  },
  queued: { name: 'weir_recorder_queued', help: 'Decisions that wait to be written.', labels: [] },
  available: {
    name: 'weir_upstream_available',
    help: '1 where the model of this tier can be asked, 0 while its circuit breaker is open.',
    labels: ['tier'],
  },
  audits: {
    name: 'weir_audits_total',
    help: 'Requests drawn for an audit by route, kind and result (complete, incomplete, or why none was made).',
    labels: ['route', 'kind', 'result'],
  },
  auditCalls: {
    name: 'weir_audit_calls_total',
    help: 'Model calls of audits by tier and result (ok, or the code of the error).',
    labels: ['tier', 'result'],
  },
  auditCost: {
    name: 'weir_audit_cost_usd_total',
    help: 'US dollars that audits cost where prices are known, by route and part (answers, judge).',
    labels: ['route', 'part'],
  },
  auditsWaiting: {
    name: 'weir_audits_waiting',
    help: 'Audits that wait for their turn.',
    labels: [],
  },
  labels: {
    name: 'weir_labels_total',
    help: 'Verdicts on answers by route and source.',
    labels: ['route', 'source'],
  },
  judgeControls: {
    name: 'weir_judge_controls_total',
    help: 'Answers that are known to be wrong and were shown to the judge, by route and result: good (it was deceived) or not_good.',
    labels: ['route', 'result'],
  },
  alarms: {
    name: 'weir_alarms_total',
    help: 'Alarms raised by kind; one that is raised again before it is over counts once.',
    labels: ['kind'],
  },
  alarmsActive: {
    name: 'weir_alarms_active',
    help: 'Alarms that are not over, by kind.',
    labels: ['kind'],
  },
  alarmMessages: {
    name: 'weir_alarm_messages_total',
    help: 'Messages to the webhooks of alarms by result: sent, failed (one try), dropped (given up).',
    labels: ['result'],
  },
  schemaProcessDeaths: {
    name: 'weir_schema_process_deaths_total',
    help: 'Processes for judging schemas that ended or were killed by somebody else than Weir.',
    labels: [],
  },
  learningEvents: {
    name: 'weir_learning_events_total',
    help: 'What this process did in learning by route and kind: candidate, tested, promoted, proposed, moved, rolled-back, alarm, recovered.',
    labels: ['route', 'kind'],
  },
} as const;

/** Headers of the gateway. */
export const HEADERS = {
  id: 'x-weir-id',
  route: 'x-weir-route',
  policy: 'x-weir-policy',
  certified: 'x-weir-certified',
  observed: 'x-weir-observed',
  decision: 'x-weir-decision',
  recorded: 'x-weir-recorded',
  droppedParams: 'x-weir-dropped-params',
  failedTiers: 'x-weir-failed-tiers',
  tier: 'x-weir-tier',
  model: 'x-weir-model',
  confidence: 'x-weir-confidence',
  gain: 'x-weir-gain',
  attempts: 'x-weir-attempts',
  cost: 'x-weir-cost-usd',
  baseline: 'x-weir-baseline-usd-estimate',
  baselineLeast: 'x-weir-baseline-usd-least',
  estimated: 'x-weir-estimated',
  requestId: 'x-request-id',
} as const;

/** Headers that a client may send: each tightens the policy, and none loosens it. */
export const REQUEST_HEADERS = {
  dataClass: 'x-weir-data-class',
  maxTier: 'x-weir-max-tier',
  minTier: 'x-weir-min-tier',
  topic: 'x-weir-topic',
  explain: 'x-weir-explain',
} as const;

/** Fields of a log entry beside pino's own. */
export const LOG_FIELDS = {
  requestId: 'requestId',
  route: 'route',
  tier: 'tier',
  upstream: 'upstream',
  code: 'code',
  error: 'error',
  said: 'said',
  version: 'version',
  audit: 'audit',
  need: 'need',
  alarm: 'alarm',
  copy: 'copy',
} as const;

/** The log as the gateway uses it; pino has this shape. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

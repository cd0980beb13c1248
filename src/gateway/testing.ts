/** A whole gateway over scripted upstreams and a store in memory, without a socket: for tests. */
import type { Hono } from 'hono';
import type { ErrorBody } from '../errors.ts';
import { DEFAULT_JUDGE_PROMPT } from '../learning/labels/judge.ts';
import { createOperatorDesk } from '../learning/operators/operator-desk.ts';
import type { ConfidenceModel } from '../routing/confidence/confidence.ts';
import type { Policy, Tier } from '../routing/policy.ts';
import { handMade, type HandMadeOptions } from '../routing/testing.ts';
import { createRecorder, type Recorder } from '../store/recorder/recorder.ts';
import { openStore } from '../store/open.ts';
import type { Log } from '../telemetry/names.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../upstream/scripted/scripted.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { Script } from '../upstream/scripted/scripted-reply.ts';
import { createApp } from '../http/app.ts';
import { judgeFacts } from '../audits/judge-call.ts';
import { createAuditor, type BackgroundAuditor } from '../audits/auditor.ts';
import type { AuditCosts } from '../audits/budget.ts';
import type { AuditContext, AuditSetup } from '../audits/audit-context.ts';
import type { ApiContext } from '../http/api/api-context.ts';
import type { AdmissionContext, HttpContext } from '../http/http-context.ts';
import type { Protocol } from '../protocol/protocol.ts';
import { PROTOCOLS } from '../protocol/protocols.ts';
import type { RequestContext } from '../request/request-context.ts';
import type { Rollout, ServedModel, ServedRoute } from '../request/served-route.ts';
import type { AskedTier } from '../upstream/asked-tier.ts';
import { openAiCompatible } from '../upstream/openai-compatible/openai-compatible.ts';
import { createSchemaJudge } from '../schemas/judge.ts';
import type { OperatorAlarm } from '../telemetry/alarms.ts';
import type { Need } from '../upstream/needs.ts';
import { createLastTiers } from '../request/memory/last-tiers.ts';
import { createLearnedOfModel } from '../request/memory/learned-of-model.ts';
import { createTierFailures } from '../request/memory/tier-failures.ts';
import { createFeedbackLimits } from '../request/memory/feedback-limits.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createMemoryLedger } from '../request/memory/memory-ledger.ts';
import { createPacing } from '../request/memory/pacing.ts';
import { createServedRoutes } from './served-routes.ts';
import { createToolLoops } from '../request/memory/tool-loops.ts';
import { createUnderWay } from '../request/memory/under-way.ts';

/** Confidence is the mean probability of the answer's tokens. */
export const plainModel: ConfidenceModel = {
  format: 1,
  name: 'plain',
  intercept: 0,
  features: [{ signal: 'meanLogprob', transform: 'logit-exp', centre: 0, scale: 1, weight: 1, missing: 0 }],
  requires: ['meanLogprob'],
  evidence: {},
};

export interface TestGatewayOptions {
  small: Script;
  large?: Script;
  /** Answers in the place of `small`. */
  upstream?: Upstream;
  policy?: Partial<Policy>;
  confidenceModel?: ConfidenceModel;
  asking?: Partial<AskedTier>;
  /** `models.*.supports`, by tier. */
  supports?: Record<string, Partial<Record<Need, boolean>>>;
  /** Any part of what the gateway answers with. */
  context?: Partial<TestParts>;
  headerWaitMs?: number;
  keepAliveMs?: number;
  /** `onTierFailure.maxExtraUsdPerHour`, in nano-dollars. */
  maxExtraNanoUsd?: number;
  /** How much of the traffic the policy decides; absent: all. */
  rollout?: Pick<Rollout, 'share' | 'takes'>;
  /** The clock of what an hour's failures may cost. */
  monotonic?: () => number;
  protocols?: readonly Protocol[];
  /** What audits have cost, where the store is not to be asked. */
  auditCosts?: AuditCosts;
  /** Judges audits, where there are any. */
  judge?: TestJudge;
}

/** A judge's model, and how it is asked beside the usual. */
export interface TestJudge {
  tier: Tier;
  asking: Partial<AskedTier>;
}

/** Every part of a gateway's contexts under its own name; `audits` switches audits on. */
export interface TestParts
  extends
    Omit<AdmissionContext, 'log'>,
    Omit<RequestContext, 'metrics' | 'recorder' | 'auditor'>,
    Pick<ApiContext, 'operatorDesk' | 'ready' | 'feedbackLimits'> {
  audits: AuditSetup;
}

export interface TestGateway {
  app: Hono<never>;
  context: HttpContext;
  auditor: BackgroundAuditor;
  metrics: Metrics;
  small: ScriptedUpstream;
  large: ScriptedUpstream;
  recorder: Recorder;
  /** What was logged: level, fields, message. */
  logged: string[];
  /** What was raised, each as often as it was. */
  alarms: OperatorAlarm[];
  chat(body: object, headers?: Record<string, string>, signal?: AbortSignal): Promise<Response>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

const PORT = 8787;
const HOST = { host: `127.0.0.1:${PORT}` };

export async function createTestGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const small = createScriptedUpstream({ name: 'local', chat: options.small });
  const large = createScriptedUpstream({
    name: 'far',
    location: 'cloud',
    chat: options.large ?? options.small,
  });
  const upstreams = new Map<string, Upstream>([
    ['local', options.upstream ?? small],
    ['far', large],
  ]);
  const policy: Policy = {
    route: 'auto',
    tiers: [
      {
        name: 'small',
        model: 'tiny',
        upstream: 'local',
        location: 'on-premises',
        price: { input: 100, output: 200 },
      },
      {
        name: 'large',
        model: 'huge',
        upstream: 'far',
        location: 'cloud',
        price: { input: 1_000, output: 2_000 },
      },
    ],
    rule: { kind: 'thresholds', thresholds: [0.8], withoutConfidence: 'escalate' },
    onAbstain: 'serve',
    data: {},
    certified: false,
    ...options.policy,
  };
  const store = await openStore('sqlite::memory:');
  const recorder = await createRecorder({
    store,
    clock: Date.now,
    onLoss: () => {},
    capacity: 100_000,
    batchSize: 100,
    intervalMs: 60_000,
  });
  const logged: string[] = [];
  const write = (level: string) => (fields: object, message: string) =>
    void logged.push(`${level} ${JSON.stringify(fields)} ${message}`);
  const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const modelOf = (
    { name, model, upstream: at }: Tier,
    asking: Partial<AskedTier> | undefined = { logprobs: 'stream', ...options.asking },
  ): ServedModel => {
    const upstream = upstreams.get(at);
    if (upstream === undefined) throw new RangeError(at);
    const asked: AskedTier = {
      name,
      model,
      upstream: at,
      dropParams: [],
      params: new Map(),
      ...asking,
    };
    const learned = createLearnedOfModel({
      configured: options.supports?.[name] ?? {},
      probe: undefined,
      now: options.monotonic ?? Date.now,
    });
    return { asked, dialect: openAiCompatible, upstream, recorded: false, learned };
  };
  const models = new Map<string, ServedModel>();
  const { resolve } = createServedRoutes(
    {
      routes: new Map([['auto', policy]]),
      models: new Map(),
      resolve: (name) => (name === 'nothing' ? { suggestions: ['auto'] } : { policy }),
    },
    {
      modelOf(tier) {
        const model = models.get(tier.name) ?? modelOf(tier);
        models.set(tier.name, model);
        return model;
      },
      settingsOf: () => ({
        headerWaitMs: options.headerWaitMs ?? 60_000,
        keepAliveMs: options.keepAliveMs ?? 60_000,
        confidenceModel: options.confidenceModel ?? plainModel,
      }),
      rolloutOf: () => options.rollout,
    },
  );
  const auditor = createAuditor({ store: options.auditCosts ?? store, now: Date.now });
  const metrics = createMetrics();
  const schemaJudge = createSchemaJudge();
  const alarms: OperatorAlarm[] = [];
  const raise = (alarm: OperatorAlarm): void => void alarms.push(alarm);
  const parts = {
    resolve,
    authenticate: () => Promise.resolve('not-required' as const),
    operatorDesk: createOperatorDesk({
      store,
      routes: [{ route: 'auto', tiers: policy.tiers.map(({ name }) => name) }],
      policies: new Map([['auto', policy]]),
      now: Date.now,
    }),
    ready: () => Promise.resolve([]),
    port: () => PORT,
    draining: () => false,
    stop: new AbortController().signal,
    schemaJudge,
    failures: createTierFailures({
      maxExtraNanoUsd: new Map(
        options.maxExtraNanoUsd === undefined ? [] : [['auto', options.maxExtraNanoUsd]],
      ),
      perUpstream: new Map(),
      raise,
      now: options.monotonic ?? (() => performance.now()),
    }),
    lastTiers: createLastTiers(() => performance.now()),
    raise,
    pacing: createPacing({ outcomes: (filter) => store.outcomes(filter), now: Date.now, log }),
    toolLoops: createToolLoops(),
    feedbackLimits: createFeedbackLimits({ now: () => performance.now() }),
    underWay: createUnderWay(),
    recorder,
    metrics,
    log,
    bodyBytes: 100_000,
    memory: createMemoryLedger(256 * 1024 * 1024),
    requestTimeoutMs: 60_000,
    corsOrigins: [],
    hosts: [],
    keepTexts: false,
    now: Date.now,
    ...options.context,
  };
  const { audits } = options.context ?? {};
  const judge = options.judge && judgeRoute(options.judge, modelOf);
  const judgeTier = judge?.tiers[0];
  const setup = audits && {
    ...audits,
    ...(judge === undefined || judgeTier === undefined
      ? {}
      : { judge, judgeFacts: judgeFacts(judgeTier, DEFAULT_JUDGE_PROMPT) }),
  };
  const auditContext: AuditContext | undefined = setup && { ...parts, audits: setup };
  const context: HttpContext = {
    protocols: options.protocols ?? PROTOCOLS,
    admission: parts,
    requests: {
      ...parts,
      ...(auditContext === undefined ? {} : { auditor: auditor.under(auditContext) }),
    },
    api: {
      ...parts,
      tiersOf: () => policy.tiers.map(({ name }) => name),
      models: ['auto', 'gpt-4o'].map((id) => ({
        id,
        object: 'model',
        created: 1_700_000_000,
        owned_by: 'weir',
      })),
    },
  };
  const app = createApp(context);
  const send = async (path: string, init: RequestInit): Promise<Response> => app.request(path, init);
  const json = { ...HOST, 'content-type': 'application/json' };
  return {
    // Tests use it as a plain fetch; its bindings are of no concern to them.
    app: app as unknown as Hono<never>,
    context,
    auditor,
    metrics,
    small,
    large,
    recorder,
    logged,
    alarms,
    chat: (body, headers = {}, signal) =>
      send('/v1/chat/completions', {
        method: 'POST',
        headers: { ...json, ...headers },
        body: JSON.stringify({
          model: 'auto',
          messages: [{ role: 'user', content: 'Which town?' }],
          ...body,
        }),
        ...(signal === undefined ? {} : { signal }),
      }),
    get: (path, headers = {}) => send(path, { headers: { ...HOST, ...headers } }),
    post: (path, body, headers = {}) =>
      send(path, {
        method: 'POST',
        headers: { ...json, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async close() {
      schemaJudge.close();
      await recorder.close();
      await store.close();
    },
  };
}

function judgeRoute(
  { tier, asking }: TestJudge,
  modelOf: (tier: Tier, asking: Partial<AskedTier>) => ServedModel,
): ServedRoute {
  return {
    policy: {
      route: 'judge',
      tiers: [tier],
      rule: { kind: 'thresholds', thresholds: [], withoutConfidence: 'escalate' },
      onAbstain: 'serve',
      data: {},
      certified: false,
    },
    hash: 'judge',
    tiers: [{ tier, ...modelOf(tier, asking), sourceHash: 'judge' }],
    headerWaitMs: 0,
    keepAliveMs: 1_000,
    confidenceModel: plainModel,
    confidenceModelId: 'plain',
  };
}

/** Runs a test in a gateway of its own. */
export async function withGateway(
  options: TestGatewayOptions,
  run: (gateway: TestGateway) => Promise<void>,
): Promise<void> {
  const gateway = await createTestGateway(options);
  try {
    await run(gateway);
  } finally {
    await gateway.close();
  }
}

/** The error that a response carries. */
export const errorOf = async (response: Response): Promise<ErrorBody['error']> =>
  ((await response.json()) as ErrorBody).error;

/** The data of a stream's events, and its comments, in order. */
export function eventsOf(text: string): { data: string[]; comments: string[] } {
  const blocks = text.split('\n\n').filter((block) => block !== '');
  return {
    data: blocks.flatMap((block) => (block.startsWith('data: ') ? [block.slice('data: '.length)] : [])),
    comments: blocks.flatMap((block) => (block.startsWith(': ') ? [block.slice(2)] : [])),
  };
}

export interface SolvedOptions extends Partial<HandMadeOptions> {
  paidSignals?: readonly string[];
}

/** A gateway whose small model's answers are judged by their mean probability, and by what it thinks of them for money. */
export async function withSolved(
  { paidSignals = ['pTrue'], ...hand }: SolvedOptions,
  options: TestGatewayOptions,
  run: (gateway: TestGateway) => Promise<void>,
): Promise<void> {
  const { rule, model } = handMade({
    tiers: { small: 1_000, large: 200_000 },
    signal: 'meanLogprob',
    transform: 'logit-exp',
    paid: { small: 10_000 },
    ...hand,
  });
  const tiers: Tier[] = [
    {
      name: 'small',
      model: 'tiny',
      upstream: 'local',
      location: 'on-premises',
      price: { input: 100, output: 200 },
      paidSignals,
    },
    {
      name: 'large',
      model: 'huge',
      upstream: 'far',
      location: 'cloud',
      price: { input: 1_000, output: 2_000 },
    },
  ];
  const gateway = await createTestGateway({ ...options, policy: { rule, tiers }, confidenceModel: model });
  try {
    await run(gateway);
  } finally {
    await gateway.close();
  }
}

export interface DescribedDecision {
  costUsd: string;
  decision: string;
  reason: string;
  attempts: {
    about?: number;
    signals: Record<string, number>;
    costUsd?: string;
    errorCode?: string;
    cut: boolean;
  }[];
  explanation: {
    judgements: {
      action: string;
      confidence?: number;
      gain?: number;
      disagreement?: number;
      actions?: { action: string; expectedCostUsd: number }[];
      contributions?: { signal: string }[];
    }[];
  };
}

export async function decisionOf({ get }: TestGateway, response: Response): Promise<DescribedDecision> {
  return (await (
    await get(`/v1/decisions/${response.headers.get('x-weir-id')}`)
  ).json()) as DescribedDecision;
}

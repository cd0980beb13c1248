import type { OperatorDesk } from '../learning/operators/operator-desk.ts';
import type { AuditAnswers, Verdicts } from '../learning/labels/verdicts.ts';
import type { ChatRequest } from '../protocol/common/chat.ts';
import type { AuditRates } from '../routing/audit-plan.ts';
import type { Expectations } from '../routing/checks.ts';
import type { ConfidenceModel } from '../routing/confidence/confidence.ts';
import type { Policy } from '../routing/policy.ts';
import type { Recorder } from '../store/recorder/recorder.ts';
import type { Log } from '../telemetry/names.ts';
import type { UpstreamReply, UpstreamRequest } from '../upstream/upstream.ts';
import type { Auditor } from '../audits/auditor.ts';
import type { FailureAllowance } from './memory/failure-allowance.ts';
import type { FeedbackLimits } from './memory/feedback-limits.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Pacing } from './memory/pacing.ts';
import type { ToolLoops } from './memory/tool-loops.ts';
import type { UnderWay } from './memory/under-way.ts';

/** How one tier is asked: what the policy does not need to know. */
export interface ServedTier {
  /** The tier's name, as in the policy. */
  name: string;
  /** The upstream's name for the model. */
  model: string;
  upstream: string;
  /** The name under which it takes the answer's limit; absent: as the client wrote it. */
  maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  dropParams: readonly string[];
  /** Parameter → JSON text; they replace the client's. */
  params: ReadonlyMap<string, string>;
  /** Whether log-probabilities come; absent where neither the configuration nor a probe says. Learned from refusals. */
  logprobs?: 'stream' | 'plain' | 'none';
  /** Its answers are recorded ones: the demonstration. */
  recorded: boolean;
}

/** What a request's `model` leads to. */
export interface ServedRoute {
  policy: Policy;
  hash: string;
  /** In the policy's order. */
  tiers: readonly ServedTier[];
  headerWaitMs: number;
  keepAliveMs: number;
  confidenceModel: ConfidenceModel;
  /** Name and hash, for the record. */
  confidenceModelId: string;
}

/** What is audited, and by whom it is judged. */
export interface AuditSettings {
  /** How often requests of a route are audited now. */
  rates(route: ServedRoute): AuditRates;
  /** For each route and tenant, from midnight to midnight (UTC). */
  dailyBudgetUsd: number;
  /** Model calls of audits at the same time. */
  maxConcurrent: number;
  /** The judge's model by itself; absent where there is none. */
  judge?: ServedRoute;
  /** What requests of one conversation share; `undefined` where nobody knows. */
  conversation(messages: unknown): string | undefined;
  /** Whether anything but a person can judge the answers. Never throws. */
  canJudge(asked: Pick<AuditAnswers, 'route' | 'messages'>): Promise<boolean>;
  /** Never throws. */
  verdicts(asked: AuditAnswers): Promise<Verdicts>;
  /** An answer that is wrong for certain, where the judge is to be asked about one beside this request's. */
  control?(id: string): string | undefined;
}

export interface ListedModel {
  id: string;
  object: 'model';
  /** Seconds since the epoch. */
  created: number;
  owned_by: 'weir';
}

/** Who asks. */
export interface Identity {
  tenant: string;
  /** May see and say what only operators may. */
  operator: boolean;
  /** Of the API key; absent where none is needed. */
  keyId?: string;
}

/** Everything a request needs; made once, by the composition root. */
export interface HttpContext {
  resolve(model: string): { route: ServedRoute } | { suggestions: readonly string[] };
  models: readonly ListedModel[];
  /** The one way to a model. @throws {UpstreamError} and nothing else. */
  call(upstream: string, request: UpstreamRequest): Promise<UpstreamReply>;
  /** `not-required`: no key was ever made. */
  authenticate(authorization: string | undefined): Promise<Identity | 'not-required' | 'invalid'>;
  /** Decisions can be read as soon as they are recorded, written or not. */
  recorder: Pick<Recorder, 'record' | 'label' | 'audit' | 'decision'>;
  /** What operators see of learning, and say. */
  operatorDesk: OperatorDesk;
  /** Throws where the gateway cannot serve: store or upstreams. @returns what an operator should know, a sentence each. */
  ready(): Promise<readonly string[]>;
  /** The port that requests must name in `Host` while there are no keys; `undefined` before it listens. */
  port(): number | undefined;
  /** The gateway is shutting down: no new work. */
  draining(): boolean;
  /** Aborts what is under way, at the end of the shutdown's patience. */
  stop: AbortSignal;
  /** What an answer must hold to. */
  expectations(request: ChatRequest): Expectations;
  allowance: FailureAllowance;
  feedbackLimits: FeedbackLimits;
  pacing: Pacing;
  toolLoops: ToolLoops;
  /** Every chat, from its body on to its record. */
  underWay: UnderWay;
  /** Absent where nothing is learned from traffic. */
  audits?: AuditSettings;
  auditor: Auditor;
  metrics: Metrics;
  log: Log;
  bodyBytes: number;
  requestTimeoutMs: number;
  corsOrigins: readonly string[];
  keepTexts: boolean;
  /** Milliseconds since the epoch. */
  now(): number;
}

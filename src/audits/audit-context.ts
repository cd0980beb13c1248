import type { TierSameness } from '../learning/labels/sameness-of-tiers.ts';
import type { AuditAnswers, Verdicts } from '../learning/labels/verdicts.ts';
import type { CallContext } from '../request/request-context.ts';
import type { ServedRoute } from '../request/served-route.ts';
import type { AuditRates } from '../routing/audit-plan.ts';
import type { JudgeFacts } from '../routing/judge-obstacle.ts';
import type { Coins } from '../routing/coins.ts';
import type { Recorder } from '../store/recorder/recorder.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** What an audit needs beside its request. */
export interface AuditContext extends CallContext {
  audits: AuditSetup;
  recorder: Pick<Recorder, 'audit'>;
  metrics: Pick<
    Metrics,
    | 'attempt'
    | 'notMade'
    | 'auditCall'
    | 'schemaJudged'
    | 'notDrawn'
    | 'auditSkipped'
    | 'audited'
    | 'labelled'
  >;
  keepTexts: boolean;
  /** For asking every tier and the judge, in milliseconds. */
  requestTimeoutMs: number;
  /** The gateway is shutting down: no new work. */
  draining(): boolean;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** What is audited, and where its verdicts come from, as the configuration has it. */
export interface AuditSetup {
  /** How often requests of a route are audited now. */
  rates(route: ServedRoute): AuditRates;
  /** The coins of a request, by its id. */
  coins(id: string): Coins;
  /** For each route and tenant, from midnight to midnight (UTC). */
  dailyBudgetUsd: number;
  /** Model calls of audits at the same time. */
  maxConcurrent: number;
  /** The judge's model by itself; absent where there is none. */
  judge?: ServedRoute;
  /** What is known of it before it is asked. */
  judgeFacts?: JudgeFacts;
  /** What requests of one conversation share; `undefined` where that cannot be told. */
  conversation(messages: unknown): string | undefined;
  /** Whether a source other than a person can give verdicts on the answers: at once, unless references have to be looked up. Never throws. */
  canGetVerdicts(asked: Pick<AuditAnswers, 'route' | 'messages'>): boolean | Promise<boolean>;
  /** Never throws. */
  verdicts(asked: AuditAnswers): Promise<Verdicts>;
  /** Whether the tiers' answers come to the same, without any verdict. Never throws. */
  sameness(asked: Pick<AuditAnswers, 'messages' | 'answers'>): TierSameness;
  /** The control of a request with this coin, where the judge is asked about one; see `judge-controls.ts`. */
  control?(coin: number): string | undefined;
}

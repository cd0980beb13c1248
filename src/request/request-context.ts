import type { Outcome } from '../routing/cascade.ts';
import type { SchemaJudge } from '../schemas/judge.ts';
import type { Recorder } from '../store/recorder/recorder.ts';
import type { RaiseAlarm } from '../telemetry/alarms.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Log } from '../telemetry/names.ts';
import type { KeptAnswers } from './memory/kept-answers.ts';
import type { LastTiers } from './memory/last-tiers.ts';
import type { Pacing } from './memory/pacing.ts';
import type { TierFailures } from './memory/tier-failures.ts';
import type { ToolLoops } from './memory/tool-loops.ts';
import type { UnderWay } from './memory/under-way.ts';
import type { AuditDraw } from './audit-draw.ts';
import type { DrawnRequest } from './draw-audit.ts';
import type { RequestState } from './request-state.ts';
import type { ServedRoute } from './served-route.ts';

/** What a request needs from its body on to its record. */
export interface RequestContext extends CallContext, RecordContext {
  /** The route or model that a client names. */
  resolve(model: string): { route: ServedRoute } | { suggestions: readonly string[] };
  /** Every chat, from its body on to its record. */
  underWay: UnderWay;
  metrics: Pick<
    Metrics,
    'began' | 'attempt' | 'notMade' | 'auditCall' | 'schemaJudged' | 'finished' | 'failedOver' | 'unaccepted'
  >;
  /** Keeps answers for clients that ask for it; absent where no texts are kept. */
  kept?: KeptAnswers;
  requestTimeoutMs: number;
  /** Aborts what is under way when the shutdown has waited long enough. */
  stop: AbortSignal;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** What the calls of a request need. */
export interface CallContext {
  failures: TierFailures;
  /** Judges answers by the schemas that clients send. */
  schemaJudge: Pick<SchemaJudge, 'judge'>;
  metrics: Pick<Metrics, 'attempt' | 'notMade' | 'auditCall' | 'schemaJudged'>;
  log: Log;
}

/** What the end of a request needs. */
export interface RecordContext {
  recorder: Pick<Recorder, 'record'>;
  metrics: Pick<Metrics, 'finished' | 'failedOver' | 'unaccepted'>;
  lastTiers: Pick<LastTiers, 'ended'>;
  raise: RaiseAlarm;
  pacing: Pacing;
  toolLoops: ToolLoops;
  /** Absent where nothing is learned from traffic. */
  auditor?: Auditor;
  keepTexts: boolean;
}

/** Asks every tier of some requests, in the background, once they have ended. */
export interface Auditor {
  /** Says before any tier is asked whether a certificate speaks of a request, and tosses its coins. Never throws. */
  draw(asked: DrawnRequest): AuditDraw | Promise<AuditDraw>;
  /**
   * Takes a request that has ended; where it is drawn, its audit waits for its turn. Returns at once, never throws.
   * @param outcome as the cascade decided it, whether or not the client was there to take the answer.
   * @param end.recorded whether the request is in the record.
   */
  consider(state: RequestState, outcome: Outcome, end: { recorded: boolean }): void;
}

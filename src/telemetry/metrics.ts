import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Attempt } from '../routing/attempt.ts';
import type { SchemaJudgement } from '../schemas/judgement.ts';
import { ALARM_KINDS, type AlarmKind } from './alarms.ts';
import { METRICS } from './names.ts';
import { createTally, type Tally } from './tally.ts';

/** What the metrics count of a finished request. */
export interface FinishedRequest {
  route: string;
  decision: string;
  status: number;
  /** A certificate speaks of the answer. */
  certified: boolean;
  tier?: string;
  /** Its headers kept it from some tiers, so the policy did not decide freely. */
  narrowed: boolean;
  /** The last tier alone answered it, while the others are observed. */
  observed: boolean;
  seconds: number;
  /** The least that it cost. */
  costNanoUsd?: number;
  /** Only if the whole cost is known: compared with a part of it, a baseline would look like a saving. */
  baselineNanoUsd?: number;
  baselineLeastNanoUsd?: number;
}

/** What the metrics count of an audit; costs only if they are known. */
export interface FinishedAudit {
  route: string;
  kind: string;
  complete: boolean;
  costNanoUsd?: number;
  judgeNanoUsd?: number;
  controlVerdict?: number;
}

/** What the metrics count of a request that went on to a later tier because one failed. */
export interface CountedFailover {
  tier: string;
  code: string;
  extraNanoUsd?: number;
}

/** The verdict of a judge that calls an answer neither good nor bad. */
const MIXED = 0.5;

export interface Metrics {
  attempt(tier: string, attempt: Attempt): void;
  /** A tier was not asked: the gateway kept the call back. */
  notMade(tier: string, code: string): void;
  schemaJudged(judgement: SchemaJudgement): void;
  /** No coin was tossed for a request, for this reason. */
  notDrawn(route: string, reason: string): void;
  /** A request was drawn for an audit and not audited, for this reason. */
  auditSkipped(route: string, kind: string, reason: string): void;
  auditCall(tier: string, attempt: Attempt): void;
  audited(audit: FinishedAudit): void;
  labelled(route: string, source: string): void;
  /** An event of learning. */
  learned(route: string, kind: string): void;
  /** A client was cut because it did not read. */
  cut(): void;
  /** Connections were not taken. */
  shortage(reason: string, connections: number): void;
  /** An alarm that was not there before. */
  alarm(kind: AlarmKind): void;
  /** A message to a webhook was sent, failed, or was given up. */
  alarmDelivered(result: string): void;
  /** An error that nobody caught. */
  uncaught(kind: string): void;
  began(): void;
  finished(request: FinishedRequest): void;
  failedOver(route: string, failover: CountedFailover): void;
  /** An answer was served though it was not accepted. */
  unaccepted(route: string): void;
  /** Registers what reads the figures that others keep, at each scrape. */
  watch(read: () => Readings): void;
  /** Prometheus' text format. */
  text(): Promise<string>;
}

/** Figures as they are at the moment of a scrape. */
export interface Readings {
  dropped: number;
  queued: number;
  memoryHeld: number;
  memoryRefused: number;
  auditsWaiting: number;
  /** The kinds of the alarms that are not over, each as often as there are. */
  alarms: readonly AlarmKind[];
  schemaProcessDeaths: number;
  /** Route → the share of its conversations that its policy decides. */
  shares: ReadonlyMap<string, number>;
  /** Tier → whether its circuit is closed. */
  available: ReadonlyMap<string, boolean>;
}

/** In seconds, from a cached answer to the answer of a thinking model. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** In the form that prom-client takes. */
function definition<Label extends string>({
  name,
  help,
  labels,
}: {
  name: string;
  help: string;
  labels: readonly Label[];
}): {
  name: string;
  help: string;
  labelNames: readonly Label[];
} {
  return { name, help, labelNames: labels };
}

/** Uses its own registry, because two gateways in one process must not share counters. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const tallies: Tally[] = [];
  /** Counted on every request, and passed to the registry at each scrape. */
  const tallied = (metric: Parameters<typeof definition>[0]): Tally => {
    const tally = createTally(new Counter({ ...definition(metric), registers }), metric.labels);
    tallies.push(tally);
    return tally;
  };
  const requests = tallied(METRICS.requests);
  const seconds = new Histogram({ ...definition(METRICS.requestSeconds), buckets: BUCKETS, registers });
  const attempts = tallied(METRICS.attempts);
  const attemptSeconds = new Histogram({
    ...definition(METRICS.attemptSeconds),
    buckets: BUCKETS,
    registers,
  });
  const notMade = tallied(METRICS.notMade);
  const schemaJudgements = tallied(METRICS.schemaJudgements);
  const tokens = tallied(METRICS.tokens);
  const cost = tallied(METRICS.cost);
  const baseline = tallied(METRICS.baseline);
  const certified = tallied(METRICS.certified);
  const observed = tallied(METRICS.observed);
  const rolloutShare = new Gauge({ ...definition(METRICS.rolloutShare), registers });
  const notDrawn = tallied(METRICS.notDrawn);
  const baselineLeast = tallied(METRICS.baselineLeast);
  const underWay = new Gauge({ ...definition(METRICS.underWay), registers });
  const dropped = new Gauge({ ...definition(METRICS.dropped), registers });
  const queued = new Gauge({ ...definition(METRICS.queued), registers });
  const memory = new Gauge({ ...definition(METRICS.memory), registers });
  const memoryRefused = new Gauge({ ...definition(METRICS.memoryRefused), registers });
  const connectionsRefused = new Counter({ ...definition(METRICS.connectionsRefused), registers });
  const clientsCut = new Counter({ ...definition(METRICS.clientsCut), registers });
  const uncaught = new Counter({ ...definition(METRICS.uncaught), registers });
  const available = new Gauge({ ...definition(METRICS.available), registers });
  const audits = new Counter({ ...definition(METRICS.audits), registers });
  const auditCalls = new Counter({ ...definition(METRICS.auditCalls), registers });
  const auditCost = new Counter({ ...definition(METRICS.auditCost), registers });
  const auditsWaiting = new Gauge({ ...definition(METRICS.auditsWaiting), registers });
  const labels = new Counter({ ...definition(METRICS.labels), registers });
  const failovers = new Counter({ ...definition(METRICS.failovers), registers });
  const failoverCost = new Counter({ ...definition(METRICS.failoverCost), registers });
  const unaccepted = new Counter({ ...definition(METRICS.unaccepted), registers });
  const controls = new Counter({ ...definition(METRICS.judgeControls), registers });
  const learningEvents = new Counter({ ...definition(METRICS.learningEvents), registers });
  const alarms = new Counter({ ...definition(METRICS.alarms), registers });
  const alarmsActive = new Gauge({ ...definition(METRICS.alarmsActive), registers });
  const alarmMessages = new Counter({ ...definition(METRICS.alarmMessages), registers });
  const schemaProcessDeaths = new Gauge({ ...definition(METRICS.schemaProcessDeaths), registers });
  let read: (() => Readings) | undefined;
  let requestsUnderWay = 0;

  return {
    attempt(tier, { failure, latencyMs, usage }) {
      attempts.add([tier, failure?.code ?? 'ok'], 1);
      attemptSeconds.observe({ tier }, latencyMs / 1_000);
      if (usage === undefined) return;
      tokens.add([tier, 'input'], usage.inputTokens);
      tokens.add([tier, 'output'], usage.outputTokens);
      if (usage.cachedInputTokens !== undefined) tokens.add([tier, 'cached_input'], usage.cachedInputTokens);
      if (usage.cacheWriteTokens !== undefined) tokens.add([tier, 'cache_write'], usage.cacheWriteTokens);
      if (usage.reasoningTokens !== undefined) tokens.add([tier, 'reasoning'], usage.reasoningTokens);
    },
    notMade: (tier, code) => notMade.add([tier, code], 1),
    schemaJudged: (judgement) =>
      schemaJudgements.add(
        [judgement.verdict, judgement.verdict === 'not_judged' ? judgement.reason : ''],
        1,
      ),
    notDrawn: (route, reason) => notDrawn.add([route, reason], 1),
    auditSkipped: (route, kind, reason) => audits.inc({ route, kind, result: reason }),
    auditCall: (tier, { failure }) => auditCalls.inc({ tier, result: failure?.code ?? 'ok' }),
    audited({ route, kind, complete, costNanoUsd = 0, judgeNanoUsd = 0, controlVerdict }) {
      audits.inc({ route, kind, result: complete ? 'complete' : 'incomplete' });
      auditCost.inc({ route, part: 'answers' }, costNanoUsd / 1e9);
      auditCost.inc({ route, part: 'judge' }, judgeNanoUsd / 1e9);
      if (controlVerdict !== undefined)
        controls.inc({ route, result: controlVerdict > MIXED ? 'good' : 'not_good' });
    },
    labelled: (route, source) => labels.inc({ route, source }),
    learned: (route, kind) => learningEvents.inc({ route, kind }),
    cut: () => clientsCut.inc(),
    shortage: (reason, connections) => connectionsRefused.inc({ reason }, connections),
    alarm: (kind) => alarms.inc({ kind }),
    alarmDelivered: (result) => alarmMessages.inc({ result }),
    uncaught: (kind) => uncaught.inc({ kind }),
    began() {
      requestsUnderWay += 1;
    },
    finished(request) {
      const { route } = request;
      const narrowed = request.narrowed ? 'yes' : 'no';
      requestsUnderWay -= 1;
      requests.add([route, request.decision, String(request.status)], 1);
      seconds.observe({ route }, request.seconds);
      if (request.certified) certified.add([route], 1);
      if (request.observed) observed.add([route], 1);
      if (request.costNanoUsd !== undefined)
        cost.add([route, request.tier ?? 'none', narrowed], request.costNanoUsd / 1e9);
      if (request.baselineNanoUsd === undefined) return;
      baseline.add([route, narrowed], request.baselineNanoUsd / 1e9);
      baselineLeast.add([route, narrowed], (request.baselineLeastNanoUsd ?? request.baselineNanoUsd) / 1e9);
    },
    failedOver(route, { tier, code, extraNanoUsd = 0 }) {
      failovers.inc({ route, tier, code });
      failoverCost.inc({ route }, extraNanoUsd / 1e9);
    },
    unaccepted: (route) => unaccepted.inc({ route }),
    watch(next) {
      read = next;
    },
    async text() {
      for (const tally of tallies) tally.settle();
      underWay.set(requestsUnderWay);
      const readings = read?.();
      if (readings !== undefined) {
        dropped.set(readings.dropped);
        queued.set(readings.queued);
        memory.set(readings.memoryHeld);
        memoryRefused.set(readings.memoryRefused);
        auditsWaiting.set(readings.auditsWaiting);
        schemaProcessDeaths.set(readings.schemaProcessDeaths);
        for (const kind in ALARM_KINDS)
          alarmsActive.set({ kind }, readings.alarms.filter((active) => active === kind).length);
        for (const [route, share] of readings.shares) rolloutShare.set({ route }, share);
        for (const [tier, isAvailable] of readings.available) available.set({ tier }, isAvailable ? 1 : 0);
      }
      return registry.metrics();
    },
  };
}

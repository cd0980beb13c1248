/** A route that learns from simulated requests: the real loop, without a store, a gateway or models. */
import { defined } from '../src/defined.ts';
import { mean, withoutGains } from '../src/learning/table/measure-rows.ts';
import type { LadderTable } from '../src/learning/table/ladder-table.ts';
import {
  createMeasureVersion,
  fitOrTest,
  isOfEpoch,
  observeAudit,
  observeRequest,
  startLoop,
  type AuditedRow,
  type AuditHistory,
  type Lack,
  type LoopEvent,
  type LoopSettings,
  type LoopStep,
} from '../src/learning/loop/loop.ts';
import { auditRatesOf, type AuditSettings } from '../src/routing/audit-plan.ts';
import { versionHash, type Version } from '../src/routing/version.ts';
import type { Chance } from './made-traces.ts';

/** A request, and what will become of its audit if the coin draws it. */
export interface SimulatedRequest {
  /** Its row of the table. */
  row: number;
  client: string;
  /** Whether the certificate covers it; others are answered `certified: no` and never audited for it. True if not given. */
  isCovered?: boolean;
  /** What its conversation is known by; its own number if not given. */
  cluster?: string;
  /** What its audit lacks, for whatever reason. */
  lacks?: Lack;
  /** So many requests later its verdict comes after all: tests that are made then take it. */
  lateBy?: number;
}

/** What came of one request. */
export interface SimulatedAnswer {
  t: number;
  client: string;
  /** score(last) − score(served), 0 for a gain. */
  loss: number;
  /** As its header says. */
  certified: boolean;
}

export interface SimulatedRun {
  answers: SimulatedAnswer[];
  events: (LoopEvent & { t: number; audits: number })[];
  /** Audits that the certification coin drew, and those before the first certificate; absent if there was none. */
  audits: number;
  auditsToFirst?: number;
  /** Versions whose certificate held at some request. */
  certified: ReadonlySet<Version>;
}

export interface Simulation {
  table: LadderTable;
  settings: LoopSettings;
  audits: AuditSettings;
  requests: number;
  /** The coins. */
  chance: Chance;
  /** @param isCertified whether the answer before was, as its header said to its client. */
  request: (t: number, isCertified: boolean) => SimulatedRequest;
  /** Of one request; 43 seconds if not given. */
  everyMs?: number;
  /** What an implementation does that drops audits without a verdict; to show that the simulation can fail. */
  dropsUnjudged?: boolean;
}

export function simulateRoute(simulation: Simulation): SimulatedRun {
  const { table, settings, audits, requests, chance, request, everyMs = 43_000 } = simulation;
  const measure = createMeasureVersion(table);
  const rows: AuditedRow[] = [];
  const waiting = new Map<AuditedRow, number>();
  const kept = new Map<string, Version>();
  const certified = new Set<Version>();
  const run: SimulatedRun = { answers: [], events: [], audits: 0, certified };
  let state = startLoop(0);
  let inForce: Version | undefined;
  let t = 0;
  let isCertified = false;

  const take = (step: LoopStep): void => {
    ({ state } = step);
    for (const version of step.versions) kept.set(versionHash(version), version);
    if (step.force !== undefined) inForce = step.force ?? undefined;
    for (const event of step.events) run.events.push({ ...event, t, audits: run.audits });
  };
  const known = (): AuditHistory => ({ table, rows, measure, nowMs: t * everyMs, upTo: rows.length });
  const observe = (row: AuditedRow): void => {
    take(observeAudit(settings, state, inForce, row, known()));
    const candidate = kept.get(state.candidate?.hash ?? '');
    take(fitOrTest(settings, state, defined({ candidate, inForce }), known()));
  };

  for (; t < requests; t++) {
    const { row, client, isCovered = true, cluster = String(t), lacks, lateBy } = request(t, isCertified);
    const { losses, served } = serve(inForce, row);
    isCertified =
      isCovered &&
      inForce?.certificate !== undefined &&
      isOfEpoch(inForce, state.epoch) &&
      state.unjudged.since === undefined;
    if (isCertified && inForce !== undefined) {
      certified.add(inForce);
      run.auditsToFirst ??= run.audits;
    }
    run.answers.push({ t, client, loss: losses, certified: isCertified });
    take(observeRequest(settings, state, inForce, { accepted: served, atMs: t * everyMs }, rows.length));
    for (const [open, lateAt] of waiting) {
      if (t < lateAt) continue;
      delete open.lacks;
      open.row = Number(open.problem);
      waiting.delete(open);
    }
    const { certification } = auditRatesOf(audits, state.auditing);
    if (!chance.coin(certification) || !isCovered) continue;
    run.audits += 1;
    if (lacks !== undefined && simulation.dropsUnjudged === true) continue;
    const audited: AuditedRow = {
      number: rows.length + 1,
      row: lacks === undefined ? row : -1,
      atMs: t * everyMs,
      cluster,
      certifies: true,
      propensity: certification,
      ...(lacks === undefined ? {} : { lacks, problem: String(row) }),
    };
    rows.push(audited);
    observe(audited);
    if (lacks !== undefined && lateBy !== undefined) waiting.set(audited, t + lateBy);
  }
  return run;

  /** The loss of one request, and whether an early tier answered it. */
  function serve(version: Version | undefined, row: number): { losses: number; served: boolean } {
    if (version === undefined) return { losses: 0, served: false };
    const { losses, relativeCost } = measure(version, [row], Math.floor(version.rule.place));
    return { losses: Math.max(0, losses[0] ?? NaN), served: relativeCost < 0.5 };
  }
}

/** The mean loss of a version over these rows; as in a promise, a gain counts as 0. */
export function trueLoss(table: LadderTable, version: Version, rows: readonly number[]): number {
  const { losses } = createMeasureVersion(table)(version, rows, Math.floor(version.rule.place));
  return mean(withoutGains(losses));
}

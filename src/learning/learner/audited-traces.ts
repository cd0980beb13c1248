import { defined } from '../../defined.ts';
import type { Policy } from '../../routing/policy.ts';
import type { LearningStore, NumberedAudit } from '../../store/contract/learning-rows.ts';
import type { Store } from '../../store/contract/store.ts';
import { LABEL_SOURCES } from '../labels/sources/sources.ts';
import { WEIGHTY_ROWS, type AuditedRow } from '../loop/loop.ts';
import { createLadderTable, type LadderTable } from '../table/ladder-table.ts';
import { hasSameScores, learnedAudit, unknownAudit, type LearnedAudit } from './audited-trace.ts';
import { namedAnswers, type NamedAnswer } from './model-names.ts';

const PAGE = 500;
/** A server that gives each answer a name of its own must not fill the memory. */
const MOST_REMEMBERED = 100;
/** Of the newest audits, what they say they lack is held: an alarm tells it. */
const MOST_PROBLEMS = 1_000;
/** A verdict is written at most this long after it was given: the recorder waits, and tries again. */
const LATE_MS = 60_000;

export type AuditStore = Pick<LearningStore, 'audits'> & Pick<Store, 'decision'>;

/** An audit, as far as it was read. */
export interface AuditedTrace {
  number: number;
  /** Of the answers that the audit asked for; the request's own are observed with the request. */
  answers: readonly NamedAnswer[];
  learned: LearnedAudit;
}

/** The audits laid out for the loop, in the order of their numbers. */
export interface AuditTable {
  table: LadderTable;
  rows: readonly AuditedRow[];
}

/**
 * Every audit of one route: read once, and again where a verdict came or changed. Old audits that nothing is fitted or tested
 * on any more are only counted; their answers are not held.
 */
export interface AuditedTraces {
  /** Reads what came since the last time. @throws {WeirError} store_unavailable */
  refresh(nowMs: number): Promise<void>;
  /** The audits with a greater number, the oldest first. */
  after(number: number): AuditedTrace[];
  /** Number of the last audit that was read; 0 where there is none. */
  upTo(): number;
  /**
   * All audits that were read. Labels that are held have a row, but for questions too long for a tier: these are left out.
   * @throws {RangeError} where that leaves none, because then no saving can be computed.
   */
  table(): AuditTable;
}

export interface AuditedTracesOptions {
  /** Audits whose answers are held; see {@link heldAudits}. */
  most?: number;
  /** The table of label sources; another one in tests. */
  sources?: typeof LABEL_SOURCES;
}

export function createAuditedTraces(
  store: AuditStore,
  { route, tiers }: Policy,
  { most = WEIGHTY_ROWS, sources = LABEL_SOURCES }: AuditedTracesOptions = {},
): AuditedTraces {
  const known = new Map<number, AuditedTrace>();
  /** A few models give all answers, so equal lists are shared. */
  const shared = new Map<string, readonly NamedAnswer[]>();
  let readUpTo = 0;
  let readAtMs: number | undefined;
  let built: AuditTable | undefined;

  async function read(audit: NumberedAudit): Promise<AuditedTrace> {
    const { number } = audit;
    const decision = await store.decision(audit.outcomeId, audit.tenant);
    if (decision === undefined) return { number, answers: [], learned: unknownAudit(audit) };
    const own = namedAnswers({ ...decision, attempts: [] });
    const key = JSON.stringify(own);
    const answers = shared.get(key) ?? own;
    if (shared.size < MOST_REMEMBERED) shared.set(key, answers);
    return { number, answers, learned: learnedAudit({ ...decision, audit }, { tiers }, sources) };
  }

  function keep(audited: AuditedTrace): void {
    const before = known.get(audited.number);
    if (before !== undefined && hasSameScores(before.learned, audited.learned)) return;
    known.set(audited.number, audited);
    built = undefined;
  }

  /** Drops the answers of audits that are too old, and what the audits say they lack. */
  function letGo(): void {
    const all = [...known.values()];
    const held = heldAudits(
      all.map(({ learned }) => learned),
      most,
    );
    for (const [index, { number, answers, learned }] of all.entries()) {
      const { trace, problem, ...light } = learned;
      const kept = defined({
        trace: held.has(index) ? trace : undefined,
        problem: index >= all.length - MOST_PROBLEMS ? problem : undefined,
      });
      if (kept.trace !== trace || kept.problem !== problem)
        known.set(number, { number, answers, learned: { ...light, ...kept } });
    }
  }

  async function* pages(filter: { labelledSinceMs: number } | { afterNumber: number }) {
    let afterNumber = 'afterNumber' in filter ? filter.afterNumber : 0;
    for (;;) {
      const page = await store.audits({ route, ...filter, afterNumber, limit: PAGE });
      yield* page;
      afterNumber = page.at(-1)?.number ?? afterNumber;
      if (page.length < PAGE) return;
    }
  }

  return {
    async refresh(nowMs) {
      if (readAtMs !== undefined) {
        for await (const audit of pages({ labelledSinceMs: readAtMs - LATE_MS })) {
          if (audit.number <= readUpTo) keep(await read(audit));
        }
      }
      let passed = 0;
      for await (const audit of pages({ afterNumber: readUpTo })) {
        keep(await read(audit));
        readUpTo = audit.number;
        passed += 1;
        if (passed % PAGE === 0) letGo();
      }
      if (built === undefined) letGo();
      readAtMs = nowMs;
    },
    upTo: () => readUpTo,
    after: (number) => [...known.values()].filter((audited) => audited.number > number),
    table: () => (built ??= lay([...known.values()], tiers)),
  };
}

/**
 * Which audits' answers are held, by their index among those of a route, the oldest first: the newest `most` labels, which a
 * fit gives weight to; and as many that may certify, the first of each cluster, which a candidate may wait for much longer.
 */
export function heldAudits(
  audited: readonly Pick<AuditedRow, 'cluster' | 'certifies' | 'lacks'>[],
  most: number,
): ReadonlySet<number> {
  const certifying: number[] = [];
  const labels: number[] = [];
  const seen = new Set<AuditedRow['cluster']>();
  for (const [index, { certifies, cluster, lacks }] of audited.entries()) {
    // Where no cost is known at all, these are the labels, see `lay`.
    if (lacks === undefined || lacks === 'cost') labels.push(index);
    if (!certifies || seen.has(cluster)) continue;
    seen.add(cluster);
    certifying.push(index);
  }
  return new Set([...certifying.slice(-most), ...labels.slice(-most)]);
}

/** Where no cost is known at all, the table is made without any, so that it can say what is missing. */
function lay(audited: readonly AuditedTrace[], tiers: Policy['tiers']): AuditTable {
  const isPriced = audited.some(({ learned }) => learned.trace !== undefined && learned.lacks === undefined);
  const laid = isPriced ? audited.filter(({ learned }) => learned.lacks === undefined) : audited;
  const { table } = createLadderTable(
    laid.flatMap(({ learned }) => learned.trace ?? []),
    tiers,
  );
  const rowOf = new Map(table.ids.map((id, row) => [id, row]));
  const rows = audited.flatMap(({ number, learned }): AuditedRow[] => {
    const { trace, ...of } = learned;
    if (trace === undefined || of.lacks !== undefined) return [{ number, row: -1, ...of }];
    const row = rowOf.get(trace.id);
    return row === undefined ? [] : [{ number, row, ...of }];
  });
  return { table, rows };
}

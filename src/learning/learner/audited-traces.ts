import type { Policy } from '../../routing/policy.ts';
import type { LearningStore, NumberedAudit } from '../../store/contract/learning-rows.ts';
import type { Store } from '../../store/contract/store.ts';
import { LABEL_SOURCES } from '../labels/sources/sources.ts';
import { WEIGHTY_ROWS, type AuditedRow } from '../loop/loop.ts';
import { createLadderTable, type LadderTable } from '../table/ladder-table.ts';
import { hasSameScores, learnedAudit, type LearnedAudit } from './audited-trace.ts';
import { namedAnswers, type NamedAnswer } from './model-names.ts';

const PAGE = 500;
/** A server that gives each answer a name of its own must not fill the memory. */
const MOST_REMEMBERED = 100;
/** A verdict is written at most this long after it was given: the recorder waits, and tries again. */
const LATE_MS = 60_000;

export type AuditStore = Pick<LearningStore, 'audits'> & Pick<Store, 'decision'>;

/** An audit, as far as it was read. */
export interface AuditedTrace {
  number: number;
  /** Of the answers that the audit asked for; the request's own are observed with the request. */
  answers: readonly NamedAnswer[];
  /** Absent where nothing can be learned, because not every tier gave a whole answer. */
  learned?: LearnedAudit;
}

/** The audits laid out for the loop, and which row each of them has, by number, the oldest first. */
export interface AuditTable {
  table: LadderTable;
  rows: readonly AuditedRow[];
  /** By the audit's number: how many of `rows` are of it or older. Only of audits that are in the table. */
  upTo: ReadonlyMap<number, number>;
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
  /**
   * All audits that were read, except those with an answer of unknown cost. Those that are not held have no row.
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

  async function read(audit: NumberedAudit): Promise<AuditedTrace | undefined> {
    const { number } = audit;
    const decision = await store.decision(audit.outcomeId, audit.tenant);
    if (decision === undefined) return undefined;
    const own = namedAnswers({ ...decision, attempts: [] });
    const key = JSON.stringify(own);
    const answers = shared.get(key) ?? own;
    if (shared.size < MOST_REMEMBERED) shared.set(key, answers);
    const learned = learnedAudit({ ...decision, audit }, { tiers }, sources);
    return learned === undefined ? { number, answers } : { number, answers, learned };
  }

  function keep(audited: AuditedTrace): void {
    const before = known.get(audited.number);
    if (before !== undefined && hasSameScores(before.learned, audited.learned)) return;
    known.set(audited.number, audited);
    built = undefined;
  }

  /** Drops the answers of audits that are too old. */
  function letGo(): void {
    const counted = countedOf(known.values());
    const held = heldAudits(
      counted.map(({ learned }) => learned),
      most,
    );
    const kept = new Set(counted.filter((_, index) => held.has(index)).map(({ number }) => number));
    for (const { number, answers, learned } of known.values()) {
      if (learned?.trace === undefined || kept.has(number)) continue;
      const { trace: _, ...light } = learned;
      known.set(number, { number, answers, learned: light });
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
          const audited = audit.number <= readUpTo ? await read(audit) : undefined;
          if (audited !== undefined) keep(audited);
        }
      }
      let passed = 0;
      for await (const audit of pages({ afterNumber: readUpTo })) {
        const audited = await read(audit);
        if (audited !== undefined) keep(audited);
        readUpTo = audit.number;
        passed += 1;
        if (passed % PAGE === 0) letGo();
      }
      if (built === undefined) letGo();
      readAtMs = nowMs;
    },
    after: (number) => [...known.values()].filter((audited) => audited.number > number),
    table: () => (built ??= lay([...known.values()], tiers)),
  };
}

/**
 * Which audits' answers are held, by their index among those of a route, the oldest first: the newest `most`, which a fit
 * gives weight to; and as many that may certify, the first of each cluster, which a candidate may wait for much longer.
 */
export function heldAudits(
  audited: readonly Pick<AuditedRow, 'cluster' | 'certifies'>[],
  most: number,
): ReadonlySet<number> {
  const certifying: number[] = [];
  const seen = new Set<AuditedRow['cluster']>();
  for (const [index, { certifies, cluster }] of audited.entries()) {
    if (!certifies || seen.has(cluster)) continue;
    seen.add(cluster);
    certifying.push(index);
  }
  const held = new Set(certifying.slice(-most));
  for (let index = Math.max(0, audited.length - most); index < audited.length; index++) held.add(index);
  return held;
}

type Learned = AuditedTrace & Required<Pick<AuditedTrace, 'learned'>>;

/** The audits that are learned from. Where no cost is known at all they all are, so that the table can say what is missing. */
function countedOf(audited: Iterable<AuditedTrace>): Learned[] {
  const learned = [...audited].filter((each): each is Learned => each.learned !== undefined);
  const priced = learned.filter((each) => each.learned.isPriced);
  return priced.length === 0 ? learned : priced;
}

function lay(audited: readonly AuditedTrace[], tiers: Policy['tiers']): AuditTable {
  const counted = countedOf(audited);
  const { table } = createLadderTable(
    counted.flatMap(({ learned }) => learned.trace ?? []),
    tiers,
  );
  const rowOf = new Map(table.ids.map((id, row) => [id, row]));
  const rows: AuditedRow[] = [];
  const upTo = new Map<number, number>();
  for (const { number, learned } of counted) {
    const { trace, isPriced: _, ...of } = learned;
    const row = trace === undefined ? -1 : rowOf.get(trace.id);
    if (row === undefined) continue;
    rows.push({ row, ...of });
    if (row >= 0) upTo.set(number, rows.length);
  }
  return { table, rows, upTo };
}

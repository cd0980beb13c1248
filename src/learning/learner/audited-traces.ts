import { defined } from '../../defined.ts';
import type { Policy } from '../../routing/policy.ts';
import type { LearningStore, NumberedAudit } from '../../store/contract/learning-rows.ts';
import type { Store } from '../../store/contract/store.ts';
import { LABEL_SOURCES } from '../labels/sources/sources.ts';
import type { Trace } from '../../traces/trace.ts';
import { WEIGHTY_ROWS, type AuditedRow } from '../loop/loop.ts';
import { createLadderTable, type LadderTable } from '../table/ladder-table.ts';
import {
  auditReadings,
  isSameReading,
  unknownAudit,
  type LaterReading,
  type LearnedAudit,
} from './audited-trace.ts';
import { namedAnswers, type NamedAnswer } from './model-names.ts';

const PAGE = 500;
/** A server that gives each answer a name of its own must not fill the memory. */
const MOST_REMEMBERED = 100;
/** Of the newest audits, what they say they lack is held: an alarm tells it. */
const MOST_PROBLEMS = 1_000;
/** A verdict is written at most this long after it was given: the recorder waits, and tries again. */
export const LATE_MS = 60_000;

export type AuditStore = Pick<LearningStore, 'audits'> & Pick<Store, 'decision'>;

/** An audit, as far as it was read. */
export interface AuditedTrace {
  number: number;
  /** When the audit was made, after its request had ended. */
  madeAtMs: number;
  /** Of the answers that the audit asked for; the request's own are observed with the request. */
  answers: readonly NamedAnswer[];
  /** As it was settled. */
  learned: LearnedAudit;
  later: readonly LaterReading[];
}

/** An audit laid out for the loop. */
export interface LaidAudit extends Pick<AuditedTrace, 'number' | 'madeAtMs' | 'answers'> {
  /** As it was settled; absent where the question is too long for a tier, and so left out. */
  row?: AuditedRow;
  /** As later verdicts changed it, in the order in which they were given. */
  later: readonly { fromMs: number; row: AuditedRow }[];
}

/** The audits in the order of their numbers, and the table that their rows are of. */
export interface AuditTable {
  table: LadderTable;
  audits: readonly LaidAudit[];
  /** Why no saving can be computed: no cost is known at all. */
  problem?: string;
}

/**
 * The audits of one route: read once, and again where a verdict came or changed. Old audits that nothing is fitted or tested
 * on any more are only counted; their answers are not held.
 */
export interface AuditedTraces {
  /**
   * Reads what came since the last time, at most so far beyond the audit up to which all was observed that the answers on which
   * fits and tests rest there are still held. @returns whether there are further ones. @throws {WeirError} store_unavailable
   */
  refresh(nowMs: number, observedUpTo?: number): Promise<boolean>;
  /**
   * Number of the last audit in the store that was made before a moment, if one is given, read or not; 0 where there is none.
   * @throws {WeirError} store_unavailable
   */
  lastNumber(beforeMs?: number): Promise<number>;
  /** All audits that were read. Labels that are held have a row of the table. @throws {RangeError} where answers have too many signals. */
  table(): AuditTable;
}

export interface AuditedTracesOptions {
  /** Audits whose answers are held, see {@link heldAudits}: a page may have been read beyond what was observed. */
  most?: number;
  /** The table of label sources; another one in tests. */
  sources?: typeof LABEL_SOURCES;
}

export function createAuditedTraces(
  store: AuditStore,
  { route, tiers }: Policy,
  { most = WEIGHTY_ROWS + PAGE, sources = LABEL_SOURCES }: AuditedTracesOptions = {},
): AuditedTraces {
  const known = new Map<number, AuditedTrace>();
  /** A few models give all answers, so equal lists are shared. */
  const shared = new Map<string, readonly NamedAnswer[]>();
  let readUpTo = 0;
  let readAtMs: number | undefined;
  let built: AuditTable | undefined;

  async function read(audit: NumberedAudit): Promise<AuditedTrace> {
    const { number, createdAtMs: madeAtMs } = audit;
    const decision = await store.decision(audit.outcomeId, audit.tenant);
    if (decision === undefined)
      return { number, madeAtMs, answers: [], learned: unknownAudit(audit), later: [] };
    const own = namedAnswers({ ...decision, attempts: [] });
    const key = JSON.stringify(own);
    const answers = shared.get(key) ?? own;
    if (shared.size < MOST_REMEMBERED) shared.set(key, answers);
    return { number, madeAtMs, answers, ...auditReadings({ ...decision, audit }, { tiers }, sources) };
  }

  function keep(audited: AuditedTrace): void {
    const before = known.get(audited.number);
    if (before !== undefined && hasSameReadings(before, audited)) return;
    known.set(audited.number, audited);
    built = undefined;
  }

  /** Drops the answers of audits that are too old, and what the audits say they lack. */
  function letGo(): void {
    const all = [...known.values()];
    const held = heldAudits(all.map(lastReading), most);
    for (const [index, audited] of all.entries()) {
      const light = (learned: LearnedAudit): LearnedAudit => {
        const { trace, problem, ...rest } = learned;
        const kept = defined({
          trace: held.has(index) ? trace : undefined,
          problem: index >= all.length - MOST_PROBLEMS ? problem : undefined,
        });
        return kept.trace === trace && kept.problem === problem ? learned : { ...rest, ...kept };
      };
      const before = readingsOf(audited);
      const [learned = audited.learned, ...others] = before.map(light);
      if ([learned, ...others].every((reading, at) => reading === before[at])) continue;
      const later = audited.later.map((reading, at) => ({
        ...reading,
        learned: others[at] ?? reading.learned,
      }));
      known.set(audited.number, { ...audited, learned, later });
    }
  }

  async function* pages(filter: { labelledSinceMs: number } | { afterNumber: number }) {
    let afterNumber = 'afterNumber' in filter ? filter.afterNumber : 0;
    for (;;) {
      const page = await store.audits({ route, ...filter, afterNumber, limit: PAGE });
      yield page;
      afterNumber = page.at(-1)?.number ?? afterNumber;
      if (page.length < PAGE) return;
    }
  }

  return {
    async refresh(nowMs, observedUpTo = Infinity) {
      if (readAtMs !== undefined) {
        for await (const page of pages({ labelledSinceMs: readAtMs - LATE_MS }))
          for (const audit of page) if (audit.number <= readUpTo) keep(await read(audit));
      }
      let hasMore = readUpTo > observedUpTo;
      if (!hasMore)
        for await (const page of pages({ afterNumber: readUpTo })) {
          for (const audit of page) {
            keep(await read(audit));
            readUpTo = audit.number;
          }
          hasMore = page.length === PAGE;
          letGo();
          if (readUpTo > observedUpTo) break;
        }
      if (built === undefined) letGo();
      readAtMs = nowMs;
      return hasMore;
    },
    async lastNumber(beforeMs = Infinity) {
      let last = [...known.values()].findLast(({ madeAtMs }) => madeAtMs < beforeMs)?.number ?? 0;
      for await (const page of pages({ afterNumber: readUpTo }))
        last = page.findLast(({ createdAtMs }) => createdAtMs < beforeMs)?.number ?? last;
      return last;
    },
    table: () => (built ??= lay([...known.values()], tiers)),
  };
}

const readingsOf = ({ learned, later }: AuditedTrace): LearnedAudit[] => [
  learned,
  ...later.map((reading) => reading.learned),
];

const lastReading = ({ learned, later }: AuditedTrace): LearnedAudit => later.at(-1)?.learned ?? learned;

function hasSameReadings(before: AuditedTrace, now: AuditedTrace): boolean {
  // An audit that is no longer held is neither fitted nor tested on.
  const { trace, lacks } = lastReading(before);
  if (trace === undefined && lacks === undefined) return true;
  const readings = readingsOf(now);
  return (
    before.later.length === now.later.length &&
    readingsOf(before).every((reading, index) => isSameReading(reading, readings[index] ?? reading))
  );
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
    // Where no cost is known at all, they say so, see `lay`.
    if (lacks === undefined || lacks === 'cost') labels.push(index);
    if (!certifies || seen.has(cluster)) continue;
    seen.add(cluster);
    certifying.push(index);
  }
  return new Set([...certifying.slice(-most), ...labels.slice(-most)]);
}

function lay(audited: readonly AuditedTrace[], tiers: Policy['tiers']): AuditTable {
  const readings = audited.flatMap(readingsOf);
  const labels = readings.flatMap(({ trace, lacks }) => (lacks === undefined ? (trace ?? []) : []));
  const { table } = createLadderTable(labels, tiers);
  const rowOf = new Map(table.traces.map((trace, row) => [trace, row]));
  const toRow = (number: number, { trace, ...of }: LearnedAudit): AuditedRow | undefined => {
    if (trace === undefined || of.lacks !== undefined) return { number, row: -1, ...of };
    const row = rowOf.get(trace);
    return row === undefined ? undefined : { number, row, ...of };
  };
  const audits = audited.map(({ number, madeAtMs, answers, learned, later }) =>
    defined({
      number,
      madeAtMs,
      answers,
      row: toRow(number, learned),
      later: later.flatMap(({ fromMs, learned: then }) => {
        const row = toRow(number, then);
        return row === undefined ? [] : [{ fromMs, row }];
      }),
    }),
  );
  const unpriced = labels.length > 0 ? [] : readings.flatMap(({ trace }) => trace ?? []);
  return defined({ table, audits, problem: missingCost(unpriced, tiers) });
}

/** What the table says of answers without a cost; `undefined` where there are none. */
function missingCost(unpriced: readonly Trace[], tiers: Policy['tiers']): string | undefined {
  try {
    createLadderTable(unpriced, tiers);
    return undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return error.message;
  }
}

import { createHash } from 'node:crypto';
import type { Policy } from '../../routing/policy.ts';
import type { AuditRow, LearningStore, NumberedAudit } from '../../store/contract/learning-rows.ts';
import type { Decision, LabelSource, Store } from '../../store/contract/store.ts';
import type { Trace } from '../../traces/trace.ts';
import { answerersOf, type Answerer } from './answering.ts';
import { toTrace } from '../../recordings/history.ts';
import { createLadderTable, type LadderTable } from '../table/ladder-table.ts';
import { heldAudits } from './held-audits.ts';
import { WEIGHTY_ROWS, type AuditedRow } from '../loop/loop.ts';
import { recordedCostNanoUsd } from '../../recordings/replay-attempt.ts';
import { reviewDraw } from '../labels/review-draw.ts';

/** Who is believed, the first one first: users say what they like, which is not what is promised. */
export const BELIEVED: readonly LabelSource[] = ['operator', 'reference', 'judge', 'agreement'];
/** These judge every audit that they can; an operator chooses, and what was chosen certifies nothing. */
const AUTOMATIC: readonly LabelSource[] = ['reference', 'judge', 'agreement'];
const PAGE = 500;
/** Servers that give each answer a name of its own are not remembered for all of them. */
const MOST_ANSWERING = 100;
/** A verdict is written so long after it was given, at most: the recorder waits, and tries again. */
const LATE_MS = 60_000;

export type AuditStore = Pick<LearningStore, 'audits'> & Pick<Store, 'decision'>;

/** An audit as it is learned from. */
export interface AuditedTrace {
  number: number;
  /** Who gave the answers that the audit asked for; those of the request are observed with it. */
  answerers: readonly Answerer[];
  /** Absent where nothing can be learned: not every tier answered. */
  learned?: Omit<AuditedRow, 'row'> & {
    /** Absent where it is too old to be held. */
    trace?: Trace;
    /** What its answers cost is known. */
    isPriced: boolean;
  };
}

/** The audits laid out for the loop, and which of them have a place there, by number, the oldest first. */
export interface AuditTable {
  table: LadderTable;
  rows: readonly AuditedRow[];
  /** By the audit's number: how many of `rows` are of it or older. Only of audits that are in the table. */
  upTo: ReadonlyMap<number, number>;
}

/**
 * Every audit of one route: read once, and again where a verdict came or changed. Of old ones that nothing is fitted or
 * tested on any more only what is counted is held.
 */
export interface AuditedTraces {
  /** Reads what came since the last time. @throws {WeirError} store_unavailable */
  refresh(nowMs: number): Promise<void>;
  /** Those read of which the number is greater, the oldest first. */
  after(number: number): AuditedTrace[];
  /**
   * All that was read, but for those with an answer of which nobody knows the cost; those that are not held have no row.
   * @throws {RangeError} where that leaves none: what is saved could not be said.
   */
  table(): AuditTable;
}

/** @param most so many audits are held at least, where there are as many. */
export function createAuditedTraces(
  store: AuditStore,
  { route, tiers }: Policy,
  most = WEIGHTY_ROWS,
): AuditedTraces {
  const known = new Map<number, AuditedTrace>();
  /** A few models answer all of them. */
  const answering = new Map<string, readonly Answerer[]>();
  let readUpTo = 0;
  let readAtMs: number | undefined;
  let built: AuditTable | undefined;

  async function read(audit: NumberedAudit): Promise<AuditedTrace | undefined> {
    const decision = await store.decision(audit.outcomeId, audit.tenant);
    if (decision === undefined) return undefined;
    const found = answerersOf({ ...decision, attempts: [] });
    const who = JSON.stringify(found);
    const answerers = answering.get(who) ?? found;
    if (answering.size < MOST_ANSWERING) answering.set(who, answerers);
    const names = tiers.map(({ name }) => name);
    const of = drawn({ ...decision, audit }, names);
    // Operators look at what seems lost: their corrections there alone would make certificates too easy.
    const isChosen = of.certifies && reviewDraw(audit.outcomeId) === undefined;
    const trace = audit.complete ? toTrace(decision, isChosen ? AUTOMATIC : BELIEVED) : undefined;
    if (trace === undefined) return { number: audit.number, answerers };
    const isPriced = tiers.every((tier) => hasCost(trace, tier));
    return { number: audit.number, answerers, learned: { trace: toFit(trace, of.cluster), isPriced, ...of } };
  }

  function keep(audited: AuditedTrace): void {
    if (sameScores(known.get(audited.number), audited)) return;
    known.set(audited.number, audited);
    built = undefined;
  }

  /** What is too old gives its place up. */
  function letGo(): void {
    const counted = countedOf(known.values());
    const held = heldAudits(
      counted.map(({ learned }) => learned),
      most,
    );
    const kept = new Set(counted.filter((_, index) => held.has(index)).map(({ number }) => number));
    for (const { number, answerers, learned } of known.values()) {
      if (learned?.trace === undefined || kept.has(number)) continue;
      const { trace: _, ...light } = learned;
      known.set(number, { number, answerers, learned: light });
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

type Learned = AuditedTrace & Required<Pick<AuditedTrace, 'learned'>>;

/** Those that are learned from: without any price they are all, to say what is missing. */
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

/** Servers leave out now and then what an answer took; an answer that is not there costs nothing. */
function hasCost({ attempts }: Trace, tier: Policy['tiers'][number]): boolean {
  const answer = attempts[tier.name];
  return answer === undefined || recordedCostNanoUsd(answer, tier) !== undefined;
}

/** What of an audited request says for whom it stands. @param tiers names of the route's. */
export function drawn(
  { outcome, labels, audit }: Decision & { audit: AuditRow },
  tiers: readonly string[],
): Omit<AuditedRow, 'row'> {
  return {
    atMs: outcome.createdAtMs,
    cluster: audit.conversation ?? clusterOf(outcome),
    certifies:
      audit.kind === 'certification' &&
      tiers.every((name) => labels.some(({ tier, source }) => tier === name && AUTOMATIC.includes(source))),
    propensity: audit.propensity,
  };
}

/** What a fit needs. Everything that was made of the texts when they came stands in the signals and the failed checks. */
function toFit({ id, group, maxTokens, request, attempts }: Trace, cluster: AuditedRow['cluster']): Trace {
  return {
    id,
    group,
    cluster: String(cluster),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(request === undefined ? {} : { request }),
    attempts: Object.fromEntries(
      Object.entries(attempts).map(
        ([tier, { score, costUsd, inputTokens, outputTokens, signals, paidSignals, vetoes }]) => [
          tier,
          { score, costUsd, inputTokens, outputTokens, signals, paidSignals, vetoes },
        ],
      ),
    ),
  };
}

/** Where the audit does not say whose it is: repetitions of one prompt tell as much as one of them, as far as texts are kept. */
function clusterOf({ id, prompt }: Decision['outcome']): string {
  return prompt === undefined ? id : createHash('sha256').update(prompt).digest('hex');
}

function sameScores(before: AuditedTrace | undefined, now: AuditedTrace): boolean {
  if (before === undefined) return false;
  // Nothing is fitted or tested on it any more.
  if (before.learned !== undefined && before.learned.trace === undefined) return true;
  const scores = ({ learned }: AuditedTrace): string =>
    JSON.stringify([
      learned?.certifies,
      ...Object.entries(learned?.trace?.attempts ?? {}).map(([tier, { score }]) => [tier, score]),
    ]);
  return scores(before) === scores(now);
}

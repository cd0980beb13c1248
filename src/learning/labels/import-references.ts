import { defined } from '../../defined.ts';
import type { LearningStore, ReferenceRow } from '../../store/contract/learning-rows.ts';
import type { Decision, Label, Store } from '../../store/contract/store.ts';
import { lastUserMessage } from '../../traces/question-text.ts';
import { decisionById, storedAnswers } from '../../recordings/decision.ts';
import type { BadReference, ReferenceLine } from './parse-references.ts';
import { KEY_PREFIX, questionKey, questionKeyOf } from './question-key.ts';
import { referenceVerdict } from './sources/reference.ts';

export interface ImportedReferences {
  /** Questions with a reference, and how many of them are new. */
  references: number;
  added: number;
  /** Earlier answers that a reference scores now, and how many of these scores are new or have changed. */
  scored: number;
  changed: number;
  /** Lines that were skipped. */
  bad: BadReference[];
  /** References of an earlier version, which matched nothing any more and were removed. */
  outdated: number;
}

type ImportStore = Pick<Store, 'history' | 'write'> &
  Pick<LearningStore, 'saveReferences' | 'removeOutdatedReferences'>;

const PAGE = 200;
const COMPLETION_ID = /^chatcmpl-/;

/**
 * Stores references, and scores the earlier answers whose texts are stored.
 * @param onBad called with the lines that are skipped, before anything is stored; where it throws, nothing is stored.
 * @param onProgress called with how many earlier requests were read so far.
 * @throws {WeirError} store_unavailable
 */
export async function importReferences(
  store: ImportStore,
  lines: readonly ReferenceLine[],
  {
    now,
    lastTier = () => undefined,
    onBad = () => undefined,
    onProgress = () => undefined,
  }: {
    now: () => number;
    /** The name of a route's last tier. */
    lastTier?: (route: string) => string | undefined;
    onBad?: (bad: readonly BadReference[]) => void;
    onProgress?: (done: number) => void;
  },
): Promise<ImportedReferences> {
  const { rows, bad } = await referenceRows(store, lines, now());
  onBad(bad);
  const added = await store.saveReferences([...rows.values()]);
  let [scored, changed, done] = [0, 0, 0];
  for (const route of new Set([...rows.values()].map((row) => row.route))) {
    for await (const page of pagesOf(store, route)) {
      // A long history takes minutes, and the learner reads only verdicts since its last step.
      const atMs = now();
      const labels = page.flatMap((decision) => labelsOf(decision, rows, atMs, lastTier(route)));
      const news = labels.filter(({ isNew }) => isNew).map(({ label }) => label);
      if (news.length > 0) await store.write({ outcomes: [], labels: news, audits: [] });
      scored += labels.length;
      changed += news.length;
      onProgress((done += page.length));
    }
  }
  const outdated = await store.removeOutdatedReferences(KEY_PREFIX);
  return { references: rows.size, added, scored, changed, bad, outdated };
}

/** The references by route and question; a line that contradicts an earlier one is skipped. */
async function referenceRows(
  store: ImportStore,
  lines: readonly ReferenceLine[],
  nowMs: number,
): Promise<{ rows: Map<string, ReferenceRow>; bad: BadReference[] }> {
  const rows = new Map<string, ReferenceRow>();
  const lineOf = new Map<string, number>();
  const bad: BadReference[] = [];
  for (const { line, route, question, messages, id: requestId, check, reference } of lines) {
    const found =
      question !== undefined
        ? questionKey(question)
        : messages === undefined
          ? await keyOfRequest(store, requestId ?? '', route)
          : (questionKeyOf(messages) ?? NOT_TEXT);
    if (typeof found !== 'string') {
      bad.push({ line, message: found.problem });
      continue;
    }
    const id = rowId(route, found);
    const earlier = rows.get(id);
    if (earlier !== undefined && (earlier.check !== check || earlier.reference !== reference)) {
      bad.push({ line, message: `line ${lineOf.get(id)} has another answer to the same question` });
      continue;
    }
    rows.set(id, { route, key: found, check, reference, createdAtMs: nowMs });
    lineOf.set(id, line);
  }
  return { rows, bad };
}

const NOT_TEXT = {
  problem: 'its messages are not text alone, or say nothing, and such a conversation cannot have a reference',
};

async function keyOfRequest(
  store: ImportStore,
  id: string,
  route: string,
): Promise<string | { problem: string }> {
  const decision = await decisionById(store, id.replace(COMPLETION_ID, '').toLowerCase());
  if (decision?.outcome.route !== route)
    return { problem: `no request on route '${route}' has the id '${id}'` };
  const key = keyOf(decision);
  if (key !== undefined) return key;
  return decision.outcome.prompt === undefined
    ? { problem: `the texts of request '${id}' were not stored; give its question instead` }
    : { problem: `${NOT_TEXT.problem} (request '${id}')` };
}

function keyOf({ outcome }: Decision): string | undefined {
  return outcome.prompt === undefined ? undefined : questionKeyOf(JSON.parse(outcome.prompt));
}

async function* pagesOf(store: ImportStore, route: string): AsyncGenerator<Decision[]> {
  for (let afterId: string | undefined; ;) {
    const page = await store.history({ route, limit: PAGE, ...defined({ afterId }) });
    yield page;
    if (page.length < PAGE) return;
    afterId = page.at(-1)?.outcome.id;
  }
}

function labelsOf(
  decision: Decision,
  rows: ReadonlyMap<string, ReferenceRow>,
  nowMs: number,
  lastTier: string | undefined,
): { label: Label; isNew: boolean }[] {
  const key = keyOf(decision);
  const known = key === undefined ? undefined : rows.get(rowId(decision.outcome.route, key));
  if (known === undefined) return [];
  // An answer without text may have been a tool call, which is not stored.
  const answers = storedAnswers(decision).filter(({ text }) => text !== '');
  return answers.map(({ tier, text }) => {
    const verdict = referenceVerdict(known, {
      text,
      question: lastUserMessage(JSON.parse(decision.outcome.prompt ?? '[]')) ?? '',
      isLast: tier === lastTier,
    });
    const before = decision.labels.find((label) => label.source === 'reference' && label.tier === tier);
    const label: Label = {
      outcomeId: decision.outcome.id,
      tier,
      source: 'reference',
      verdict,
      propensity: decision.audit?.propensity ?? 1,
      createdAtMs: nowMs,
    };
    return { label, isNew: before?.verdict !== verdict };
  });
}

function rowId(route: string, key: string): string {
  return `${key} ${route}`;
}

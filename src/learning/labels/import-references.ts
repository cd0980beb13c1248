import type { LearningStore, ReferenceRow } from '../../store/contract/learning-rows.ts';
import type { Decision, Label, Store } from '../../store/contract/store.ts';
import { scoreAnswer } from '../../traces/check.ts';
import { decisionById } from '../../recordings/decision-by-id.ts';
import { keptAnswers } from '../../recordings/kept-answers.ts';
import type { BadReference, ReferenceLine } from './parse-references.ts';
import { questionKey, questionKeyOf } from './question-key.ts';

export interface ImportedReferences {
  /** Questions with a right answer, and how many of them were not there before. */
  references: number;
  added: number;
  /** Answers given earlier that have a score by them now, and how many of them another one than before or none. */
  scored: number;
  changed: number;
  /** Lines that were left out. */
  bad: BadReference[];
}

type ImportStore = Pick<Store, 'history' | 'write'> & Pick<LearningStore, 'saveReferences'>;

const PAGE = 200;
const COMPLETION_ID = /^chatcmpl-/;

/**
 * Keeps references, and scores by them the answers of the past whose texts are kept.
 * @param onBad told of the lines that are left out before anything is kept: where it throws, nothing is.
 * @param onProgress told how many requests of the past were looked at.
 * @throws {WeirError} store_unavailable
 */
export async function importReferences(
  store: ImportStore,
  lines: readonly ReferenceLine[],
  {
    now,
    onBad = () => undefined,
    onProgress = () => undefined,
  }: {
    now: () => number;
    onBad?: (bad: readonly BadReference[]) => void;
    onProgress?: (done: number) => void;
  },
): Promise<ImportedReferences> {
  const { rows, bad } = await keyed(store, lines, now());
  onBad(bad);
  const added = await store.saveReferences([...rows.values()]);
  let [scored, changed, done] = [0, 0, 0];
  for (const route of new Set([...rows.values()].map((row) => row.route))) {
    for await (const page of pagesOf(store, route)) {
      // Of a long past it takes minutes: whoever learns looks for verdicts of the last one.
      const atMs = now();
      const labels = page.flatMap((decision) => labelsOf(decision, rows, atMs));
      const news = labels.filter(({ isNew }) => isNew).map(({ label }) => label);
      if (news.length > 0) await store.write({ outcomes: [], labels: news, audits: [] });
      scored += labels.length;
      changed += news.length;
      onProgress((done += page.length));
    }
  }
  return { references: rows.size, added, scored, changed, bad };
}

/** The lines by route and question; one that contradicts an earlier one is left out. */
async function keyed(
  store: ImportStore,
  lines: readonly ReferenceLine[],
  nowMs: number,
): Promise<{ rows: Map<string, ReferenceRow>; bad: BadReference[] }> {
  const rows = new Map<string, ReferenceRow>();
  const lineOf = new Map<string, number>();
  const bad: BadReference[] = [];
  for (const { line, route, question, id, check, reference } of lines) {
    const found = question === undefined ? await keyOfRequest(store, id ?? '', route) : questionKey(question);
    if (typeof found !== 'string') {
      bad.push({ line, message: found.problem });
      continue;
    }
    const place = placeOf(route, found);
    const earlier = rows.get(place);
    if (earlier !== undefined && (earlier.check !== check || earlier.reference !== reference)) {
      bad.push({ line, message: `line ${lineOf.get(place)} has another answer to the same question` });
      continue;
    }
    rows.set(place, { route, key: found, check, reference, createdAtMs: nowMs });
    lineOf.set(place, line);
  }
  return { rows, bad };
}

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
    ? { problem: `the texts of request '${id}' are not kept: give its question instead` }
    : {
        problem: `the last message of request '${id}' is not text alone: there are no references to such questions`,
      };
}

function keyOf({ outcome }: Decision): string | undefined {
  return outcome.prompt === undefined ? undefined : questionKeyOf(JSON.parse(outcome.prompt));
}

async function* pagesOf(store: ImportStore, route: string): AsyncGenerator<Decision[]> {
  for (let afterId: string | undefined; ;) {
    const page = await store.history({ route, limit: PAGE, ...(afterId === undefined ? {} : { afterId }) });
    yield page;
    if (page.length < PAGE) return;
    afterId = page.at(-1)?.outcome.id;
  }
}

function labelsOf(
  decision: Decision,
  rows: ReadonlyMap<string, ReferenceRow>,
  nowMs: number,
): { label: Label; isNew: boolean }[] {
  const key = keyOf(decision);
  const known = key === undefined ? undefined : rows.get(placeOf(decision.outcome.route, key));
  if (known === undefined) return [];
  // One without words may have been a call of a tool, which is not kept.
  const answers = keptAnswers(decision).filter(({ text }) => text !== '');
  return answers.map(({ tier, text }) => {
    const verdict = scoreAnswer(known.check, known.reference, text);
    const before = decision.labels.find((label) => label.source === 'reference' && label.tier === tier);
    const label: Label = {
      outcomeId: decision.outcome.id,
      tier,
      source: 'reference',
      verdict,
      propensity: decision.audit?.propensity ?? 1,
      weight: 1,
      createdAtMs: nowMs,
    };
    return { label, isNew: before?.verdict !== verdict };
  });
}

function placeOf(route: string, key: string): string {
  return `${key} ${route}`;
}

/** Adds a small label source, as docs/extending.md says, and follows its verdicts to where they count. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { DEFAULT_JUDGE_PROMPT } from '../../src/learning/labels/judge.ts';
import type { LabelSourceDefinition } from '../../src/learning/labels/sources/label-source.ts';
import { LABEL_SOURCES, scorerWords, sourceNames } from '../../src/learning/labels/sources/sources.ts';
import { createCanGetVerdicts, createVerdicts } from '../../src/learning/labels/verdicts.ts';
import { createAuditedTraces } from '../../src/learning/learner/audited-traces.ts';
import { scoreOf } from '../../src/recordings/history.ts';
import { openStore } from '../../src/store/open.ts';
import type { LabelSource, Store } from '../../src/store/contract/store.ts';
import { labelRow } from '../../src/store/testing.ts';
import { lastUserMessage } from '../../src/traces/question-text.ts';
import { LEARNED_ROUTE, madeAudits } from '../made-audits.ts';

/** Stands for step 1, which adds the name to `LabelSource`; a test cannot extend that type. */
const name = 'pattern' as string as LabelSource;

/** Checks the form of an answer with a regular expression, where it knows one for the question; as a program would, later. */
const patternSource: LabelSourceDefinition = {
  name,
  says: 'whether the answer has the form that its question asks for',
  scoresAgainst: 'truth',
  isFittedOn: true,
  certifies: false,
  inAudits: {
    kind: 'scores',
    named: () => 'patterns',
    howToUse: 'write a pattern',
    scorerFor({ messages }) {
      const pattern = lastUserMessage(messages)?.startsWith('Which year') ? /^\d{4}$/ : undefined;
      return Promise.resolve(pattern && ((answer) => Promise.resolve(pattern.test(answer) ? 1 : 0)));
    },
  },
};

/** Believed after references and before the judge. */
const sources = LABEL_SOURCES.toSpliced(2, 0, patternSource);
const noReference = (): Promise<undefined> => Promise.resolve(undefined);
const asked = (question: string) => ({
  route: 'auto',
  messages: [{ role: 'user', content: question }],
  answers: [
    { tier: 'small', text: '42' },
    { tier: 'large', text: '1987' },
  ],
});

test('an audit gets the verdicts of a source in the table, and asks the next source where it does not know the question', async () => {
  const settings = { sources, reference: noReference, prompt: DEFAULT_JUDGE_PROMPT };
  const verdicts = createVerdicts({ ...settings, agreement: 'exact' });
  const shown = async (question: string): Promise<string[]> =>
    (await verdicts(asked(question))).verdicts.map(
      ({ tier, source, verdict }) => `${tier} ${source} ${verdict}`,
    );
  assert.deepEqual(await shown('Which year was it?'), ['small pattern 0', 'large pattern 1']);
  assert.deepEqual(await shown('Why was it closed?'), ['small agreement 0', 'large agreement 1']);

  const canGetVerdicts = createCanGetVerdicts({ ...settings, configured: {} });
  assert.equal(await canGetVerdicts(asked('Which year was it?')), true);
  assert.equal(await canGetVerdicts(asked('Why was it closed?')), false);
});

test('a reference is believed before it, and a judge after it', () => {
  const order = sourceNames(sources);
  const labels = (['judge', name, 'reference'] as const).map((source) => labelRow('a', { source }));
  const believed = (some: typeof labels): string | undefined => scoreOf(some, 'small', order)?.source;
  assert.equal(believed(labels), 'reference');
  assert.equal(believed(labels.slice(0, 2)), 'pattern');
});

/** Twenty audits of a route, whose only verdicts are those of the pattern. */
async function storeOfAudits(context: TestContext, kind: 'learning' | 'certification'): Promise<Store> {
  const store = await openStore('sqlite::memory:');
  context.after(() => store.close());
  const batch = madeAudits({ seed: 1, count: 20, fromMs: 1_790_000_000_000 });
  await store.write({
    ...batch,
    audits: batch.audits.map((audit) => ({ ...audit, kind })),
    labels: batch.labels.map((label) => ({ ...label, source: name })),
  });
  return store;
}

test('its verdicts are fitted on and certify nothing', async (context) => {
  const stores = {
    learning: await storeOfAudits(context, 'learning'),
    certification: await storeOfAudits(context, 'certification'),
  };
  const table = async (options: { sources?: typeof sources }, kind: keyof typeof stores = 'learning') => {
    const store = stores[kind];
    const audits = createAuditedTraces(store, LEARNED_ROUTE.policy, options);
    await audits.refresh(1_790_000_100_000);
    const { table: laid, audits: read } = audits.table();
    return { table: laid, rows: read.flatMap(({ row }) => row ?? []) };
  };
  const { table: fitted, rows } = await table({ sources });
  assert.equal(rows.length, 20);
  assert.ok(fitted.answers.every(({ score }) => score.every((value) => value === 0 || value === 1)));
  assert.ok(rows.every(({ certifies }) => !certifies));
  // Without the source in the table its labels are not believed.
  assert.ok((await table({})).rows.every(({ lacks }) => lacks === 'verdict'));
  const due = await table({ sources }, 'certification');
  assert.ok(
    due.rows.length === 20 && due.rows.every(({ lacks }) => lacks === 'verdict'),
    'what is to certify counts as lost',
  );
  assert.equal(scorerWords({ judge: 'kim' }, sources), scorerWords({ judge: 'kim' }));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defined } from '../../defined.ts';
import type { ReferenceRow } from '../../store/contract/learning-rows.ts';
import { DEFAULT_JUDGE_PROMPT } from './judge.ts';
import { questionKey } from './question-key.ts';
import type { ConfiguredSources, LabelSourceDefinition, VerdictSettings } from './sources/label-source.ts';
import { referenceSource } from './sources/reference.ts';
import {
  createCanGetVerdicts,
  createVerdicts,
  type AuditAnswer,
  type VerdictOptions,
  type Verdicts,
} from './verdicts.ts';

const question = 'How many towns are there?';
const three: AuditAnswer[] = [
  { tier: 'small', text: '12.' },
  { tier: 'medium', text: '13' },
  { tier: 'large', text: 'The answer is 12.' },
];

const known = (check: ReferenceRow['check'], reference: string): VerdictOptions['reference'] => {
  const row = { route: 'auto', key: questionKey(question), check, reference, createdAtMs: 0 };
  return (route, key) => Promise.resolve(route === 'auto' && key === row.key ? row : undefined);
};
const unknown: VerdictOptions['reference'] = () => Promise.resolve(undefined);

interface Setting extends Partial<VerdictOptions> {
  answers?: AuditAnswer[];
  /** What the judge always replies; absent: there is none. */
  judge?: string;
  messages?: { role: string; content: unknown }[];
  control?: string;
}

async function given({
  answers = three,
  judge,
  messages,
  control,
  ...options
}: Setting): Promise<Verdicts & { asked: number }> {
  let asked = 0;
  const ask = (): Promise<string> => {
    asked += 1;
    return judge === undefined ? Promise.reject(new Error('no judge')) : Promise.resolve(judge);
  };
  const verdicts = createVerdicts({ reference: unknown, prompt: DEFAULT_JUDGE_PROMPT, ...options });
  const found = await verdicts({
    route: 'auto',
    messages: messages ?? [{ role: 'user', content: question }],
    answers,
    ...(judge === undefined ? {} : { askJudge: ask }),
    ...(control === undefined ? {} : { control }),
  });
  return { ...found, asked };
}

const shown = ({ verdicts }: Verdicts): string[] =>
  verdicts.map(({ tier, source, verdict }) => `${tier} ${source} ${verdict}`);

test('a reference scores every tier, the last one too, and no other source is asked', async () => {
  const found = await given({ reference: known('number', '13'), agreement: 'number', judge: 'GOOD' });
  assert.deepEqual(shown(found), ['small reference 0', 'medium reference 1', 'large reference 0']);
  assert.equal(found.asked, 0);
});

test('a reference that is imported while the judge is asked scores every tier, so that scores are not mixed', async () => {
  let reads = 0;
  const [soon, never] = [known('number', '13'), unknown];
  const reference: VerdictOptions['reference'] = (...asked) => (reads++ === 0 ? never : soon)(...asked);
  const found = await given({ reference, judge: 'GOOD' });
  assert.ok(found.asked > 0);
  assert.deepEqual(shown(found), ['small reference 0', 'medium reference 1', 'large reference 0']);
});

test('where the references cannot be read again, no other source gives a verdict', async () => {
  let reads = 0;
  const reference: VerdictOptions['reference'] = () =>
    reads++ === 0 ? Promise.resolve(undefined) : Promise.reject(new Error('It is away.'));
  assert.deepEqual(await given({ reference, agreement: 'exact' }), {
    verdicts: [],
    problems: ['The references could not be read: It is away.'],
    asked: 0,
  });
});

test('a reference of another question does not count', async () => {
  const found = await given({
    reference: known('number', '13'),
    agreement: 'number',
    messages: [{ role: 'user', content: 'How many rivers?' }],
  });
  assert.deepEqual(shown(found), ['small agreement 1', 'medium agreement 0', 'large agreement 1']);
});

test('with agreement alone, an answer that does not agree with the last tier is wrong', async () => {
  assert.deepEqual(shown(await given({ agreement: 'number' })), [
    'small agreement 1',
    'medium agreement 0',
    'large agreement 1',
  ]);
});

test('with agreement and a judge, the judge is asked only about answers that do not agree', async () => {
  const found = await given({ agreement: 'number', judge: 'WORSE' });
  assert.deepEqual(shown(found), ['small agreement 1', 'medium judge 0.5', 'large agreement 1']);
  assert.equal(found.asked, 2, 'in both orders');
});

test('with a judge alone, it is asked about every tier but the last', async () => {
  const found = await given({ judge: 'GOOD' });
  assert.deepEqual(shown(found), ['small judge 1', 'medium judge 1', 'large judge 1']);
  assert.equal(found.asked, 4);
});

test('equal and empty answers get a verdict without asking the judge', async () => {
  const found = await given({
    judge: 'WORSE',
    answers: [
      { tier: 'small', text: '12' },
      { tier: 'medium', text: '' },
      { tier: 'large', text: '12' },
    ],
  });
  assert.deepEqual(shown(found), ['small judge 1', 'medium judge 0', 'large judge 1']);
  assert.equal(found.asked, 0);
});

test('a judge that fails leaves its tier without a verdict, never with a wrong one', async () => {
  const found = await given({ agreement: 'number', judge: 'Hard to say.' });
  assert.deepEqual(shown(found), ['small agreement 1', 'large agreement 1']);
  assert.deepEqual(found.problems, [
    'The answer of medium has no verdict. The judge did not reply with one of the three verdicts.',
  ]);
});

test('without any source there are no verdicts, and that is not a problem', async () => {
  assert.deepEqual(await given({}), { verdicts: [], problems: [], asked: 0 });
});

test('an answer whose text is not known has no verdict', async () => {
  const answers: AuditAnswer[] = [{ tier: 'small' }, { tier: 'large', text: '12' }];
  const problems = ["The text of small's answer is not known."];
  for (const setting of [
    { agreement: 'number' },
    { judge: 'GOOD' },
    { reference: known('number', '12') },
  ] as const) {
    const found = await given({ ...setting, answers });
    assert.deepEqual(
      found.verdicts.map(({ tier }) => tier),
      ['large'],
    );
    assert.deepEqual(found.problems, problems);
  }
});

test('with an empty last answer nothing can be compared; a reference still scores it', async () => {
  const answers: AuditAnswer[] = [
    { tier: 'small', text: '12' },
    { tier: 'large', text: '' },
  ];
  const compared = await given({ agreement: 'number', judge: 'GOOD', answers });
  assert.deepEqual([compared.verdicts, compared.asked], [[], 0]);
  assert.deepEqual(compared.problems, [
    'The answer of large is empty, so no answer can be compared with it.',
  ]);
  assert.deepEqual(shown(await given({ reference: known('number', '12'), answers })), [
    'small reference 1',
    'large reference 0',
  ]);
});

test('the judge is not asked about an image that it cannot see', async () => {
  const found = await given({
    judge: 'GOOD',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, { type: 'image_url' }] }],
  });
  assert.equal(found.asked, 0);
  assert.equal(found.problems.length, 2);
  assert.match(found.problems[0] ?? '', /the request is not text alone/);
});

test('where the references cannot be read, no less trusted source takes their place', async () => {
  const found = await given({
    reference: () => Promise.reject(new Error('locked')),
    agreement: 'number',
    judge: 'GOOD',
  });
  assert.deepEqual(found, { verdicts: [], problems: ['The references could not be read: locked'], asked: 0 });
});

test('a question can get verdicts where answers are compared, or its reference is known', async () => {
  const asked = { route: 'auto', messages: [{ role: 'user', content: question }] };
  const can = ({ judge, agreement, reference = unknown }: ConfiguredSources & Partial<VerdictOptions>) =>
    createCanGetVerdicts({
      reference,
      prompt: DEFAULT_JUDGE_PROMPT,
      configured: defined({ judge, agreement }),
    })(asked);
  assert.equal(await can({}), false);
  assert.equal(await can({ judge: 'kim' }), true);
  assert.equal(await can({ agreement: 'number' }), true);
  assert.equal(await can({ reference: known('number', '12') }), true);
  assert.equal(await can({ reference: () => Promise.reject(new Error('away')) }), true, 'it may be known');
});

test('the judge is asked about a control after the answers, in both orders, and that is no verdict on an answer', async () => {
  const plain = await given({ judge: 'GOOD' });
  const found = await given({ judge: 'GOOD', control: 'Herons nest here.' });
  assert.equal(found.control, 1);
  assert.deepEqual(shown(found), shown(plain));
  assert.deepEqual([plain.asked, found.asked, plain.control], [4, 6, undefined]);
  assert.equal((await given({ judge: 'WRONG', control: 'Herons nest here.' })).control, 0);
});

test('the judge is not asked about a control where it compared no answer, or gave no verdict', async () => {
  const control = 'Herons nest here.';
  for (const [setting, asked] of [
    [{ control }, 0],
    [{ control, reference: known('number', '13'), judge: 'GOOD' }, 0],
    [{ control, judge: 'I cannot say.' }, 2],
    [
      {
        control,
        judge: 'GOOD',
        answers: [
          { tier: 'small', text: 'a' },
          { tier: 'large', text: 'a' },
        ],
      },
      0,
    ],
  ] as [Setting, number][]) {
    const found = await given(setting);
    assert.deepEqual([found.asked, found.control], [asked, undefined]);
  }
});

/** A program in the place of references: it answers later, and knows its trade from a setting. */
function program(
  score: (answer: string) => Promise<number>,
  seen: VerdictSettings[] = [],
): LabelSourceDefinition[] {
  const source: LabelSourceDefinition = {
    ...referenceSource,
    inAudits: {
      kind: 'scores',
      named: () => 'a program',
      howToUse: 'write a program',
      scorerFor(_, settings) {
        seen.push(settings);
        return Promise.resolve(score);
      },
    },
  };
  return [source];
}

test('a program that scores answers may take its time, and is asked about one after the other', async () => {
  const under: string[] = [];
  const sources = program(async (answer) => {
    under.push(`begins ${answer}`);
    await Promise.resolve();
    under.push(`ends ${answer}`);
    return answer === '13' ? 0 : 0.5;
  });
  const found = await given({ sources });
  assert.deepEqual(shown(found), ['small reference 0.5', 'medium reference 0', 'large reference 0.5']);
  assert.deepEqual(
    under,
    three.flatMap(({ text }) => [`begins ${text}`, `ends ${text}`]),
  );
});

test('where a program fails on an answer the audit has no verdict, and no less trusted source takes its place', async () => {
  const sources = program((answer) =>
    answer === '13' ? Promise.reject(new Error('The program ended with status 1.')) : Promise.resolve(1),
  );
  const found = await given({ sources, agreement: 'number', judge: 'GOOD' });
  assert.deepEqual(found, { verdicts: [], problems: ['The program ended with status 1.'], asked: 0 });
});

test('a scoring source gets every setting, whether it is to score or only to say what it knows', async () => {
  const seen: VerdictSettings[] = [];
  const settings = { reference: unknown, prompt: 'Is it right?', agreement: 'number' as const };
  const options = { ...settings, sources: program(() => Promise.resolve(1), seen) };
  const asked = { route: 'auto', messages: [{ role: 'user', content: question }], answers: three };
  assert.equal(await createCanGetVerdicts({ ...options, configured: {} })(asked), true);
  await createVerdicts(options)(asked);
  assert.deepEqual(seen, [settings, settings]);
});

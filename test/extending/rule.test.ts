/** A policy rule that the sources do not have, added as docs/extending.md says: a value, and an entry in the table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { createObjectiveSchema } from '../../src/config/schema/route-schema.ts';
import { describeRule } from '../../src/config/describe/describe-route.ts';
import { priorModel } from '../../src/routing/confidence/prior.ts';
import { drive } from '../../src/routing/drive.ts';
import type { PolicyRule, RuleConfiguration } from '../../src/routing/rules/rule.ts';
import { ruleOf, RULES } from '../../src/routing/rules/rules.ts';
import { nextTier } from '../../src/routing/setting.ts';
import { attemptOf, testPolicy, testTier, testView } from '../../src/routing/testing.ts';

/** Short answers are served: from a model that either knows a word or begins to talk. */
type ShortAnswers = { kind: 'short'; mostWords: number };

const keys = {
  mostWords: z.exactOptional(z.int().min(1)).describe('Serve answers of at most so many words.'),
};

const configuration: RuleConfiguration<ShortAnswers> = {
  keys,
  chosenBy: ['mostWords'],
  read: ({ mostWords = 1 }: z.infer<z.ZodObject<typeof keys>>) => ({ kind: 'short', mostWords }),
};

const shortAnswers: PolicyRule<ShortAnswers> = {
  kind: 'short',
  configuration,
  asksLogprobs: false,
  awaitsVersion: false,
  weighAnswer(setting, { tier, signals: { answerWords = Infinity } }) {
    const { rule } = setting.policy;
    return answerWords <= rule.mostWords
      ? { do: 'accept', reason: `The answer of ${tier} has ${answerWords} words.` }
      : {
          do: 'ask',
          tier: nextTier(setting),
          reason: `The answer of ${tier} is longer than ${rule.mostWords} words.`,
        };
  },
  describe: ({ rule }) => [`Answers of at most ${rule.mostWords} words are served: not certified.`],
  summarize: () => 'by length, not certified',
};

const rules = [...RULES, shortAnswers];
const tiers = [testTier('small'), testTier('large')];
const policy = testPolicy(createObjectiveSchema(rules).parse({ mostWords: 3 }), tiers);

async function outcomeOf(answerWords: number) {
  return drive(
    policy,
    priorModel,
    testView(),
    (call) => Promise.resolve(attemptOf(call, { signals: { answerWords } })),
    rules,
  );
}

test('its keys stand in an objective, beside those of the other rules', () => {
  assert.deepEqual(policy.rule, { kind: 'short', mostWords: 3 });
  assert.throws(() => createObjectiveSchema(rules).parse({ mostWords: 0 }), /mostWords/);
  assert.throws(
    () => createObjectiveSchema(rules).parse({ mostWords: 3, heuristic: 'v1' }),
    /heuristic and mostWords cannot be combined/,
  );
  assert.throws(() => createObjectiveSchema(RULES).parse({ mostWords: 3 }), /mostWords/);
});

test('it decides in the cascade, with its own reasons', async () => {
  const short = await outcomeOf(3);
  assert.deepEqual([short.decision, short.served?.tier], ['accepted', 0]);
  assert.equal(short.reason, 'The answer of small has 3 words.');
  const long = await outcomeOf(4);
  assert.deepEqual([long.decision, long.served?.tier], ['escalated', 1]);
  assert.match(long.reason, /^The answer of small is longer than 3 words\. large is the last tier/);
});

test('a rule that asks a tier that was asked is stopped, instead of asking it for ever', async () => {
  const forgetful: PolicyRule<ShortAnswers> = {
    ...shortAnswers,
    weighAnswer: () => ({ do: 'ask', tier: 0, reason: 'Once more.' }),
  };
  const ended = drive(
    policy,
    priorModel,
    testView(),
    (call) => Promise.resolve(attemptOf(call, { signals: { answerWords: 4 } })),
    [...RULES, forgetful],
  );
  await assert.rejects(ended, { name: 'RangeError', message: "the rule 'short' asks tier 0 again" });
});

test('it is described in its own words', () => {
  assert.deepEqual(describeRule(policy, undefined, rules), [
    'Answers of at most 3 words are served: not certified.',
  ]);
  assert.equal(ruleOf(policy.rule, rules).summarize('large'), 'by length, not certified');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handMade } from '../../routing/testing.ts';
import { describeAudits } from './describe-audits.ts';
import { createResolver } from '../resolve.ts';
import { BASE, usable } from '../testing.ts';

const PRICED = BASE.replace('qwen3:4b', 'qwen3:4b, price: { input: 1, output: 1 }').replace(
  'qwen3:32b',
  'qwen3:32b, price: { input: 2, output: 2 }',
);

/** What is said of the audits of route `auto`. */
function said(
  learning: string,
  route = 'tiers: [small, medium]',
  base = PRICED,
  objective = 'maxQualityLoss: 0.02',
): string[] {
  const config = usable(
    `${base}learning: { ${learning} }\nroutes:\n  auto: { ${route}, objective: { ${objective} } }\n`,
  );
  const { routes, models } = createResolver(config, { now: new Date('2026-11-01T00:00:00Z') });
  const policy = routes.get('auto');
  assert.ok(policy !== undefined);
  return describeAudits(policy, config, (model) => models.get(model)?.tiers[0]?.price !== undefined);
}

test('without `learning`, and with one tier, there is nothing to say', () => {
  const config = usable(
    `${PRICED}routes:\n  auto: { tiers: [small, medium], objective: { thresholds: [0.5] } }\n`,
  );
  const policy = createResolver(config, { now: new Date() }).routes.get('auto');
  assert.ok(policy !== undefined);
  assert.deepEqual(
    describeAudits(policy, config, () => true),
    [],
  );
  assert.deepEqual(said('', 'tiers: [small]'), []);
});

test('a route that waits for a version says both its rates, its budget, and that nobody judges', () => {
  assert.deepEqual(said(''), [
    'Audits: in the background every tier is asked for 25 % of the requests until a first policy was tested as far as it can be, for 5 % from then on, and for up to 5 % of those that were decided closely, at no more than $1 a day for each tenant.',
    'What is right is said by the references that were imported, and by operators; by nobody else, for there is neither learning.judge nor learning.agreement.',
  ]);
});

test('a judge of its own answers is named; the last tier, beside whose answers others are judged, is none', () => {
  const own = (judge: string): string[] => said(`judge: ${judge}`).filter((each) => /its own/.test(each));
  assert.deepEqual(own('small'), [
    'small judges its own answers, which models favour: better name a judge that is not a tier before the last.',
  ]);
  assert.deepEqual(own('medium'), []);
});

test('a route that promises nothing and waits for a version is audited more until then', () => {
  assert.match(
    said('', undefined, undefined, 'valueOfGoodAnswerUsd: 0.05')[0] ?? '',
    /asked for 25 % of the requests until a version is in force, for 5 % from then on, and/,
  );
});

test('with a version in force the lower rate is said alone', () => {
  const config = usable(
    `${PRICED}learning: {}\nroutes:\n  auto: { tiers: [small, medium], objective: { thresholds: [0.5] } }\n`,
  );
  const policy = createResolver(config, {
    now: new Date(),
    inForce: (found) => ({
      ...found,
      rule: handMade({ tiers: { small: 1, medium: 2 }, signal: 'meanLogprob' }).rule,
    }),
  }).routes.get('auto');
  assert.ok(policy !== undefined);
  assert.match(
    describeAudits(policy, config, () => true)[0] ?? '',
    /asked for 5 % of the requests, and for up to 5 %/,
  );
});

test('who says what is right is told in the order of trust', () => {
  assert.match(said('agreement: number')[1] ?? '', /by agreement with medium's answer \(number\)\.$/);
  assert.match(said('judge: medium')[1] ?? '', /by medium \(on-premises\) as the judge\.$/);
  assert.match(
    said('judge: medium, agreement: exact')[1] ?? '',
    /by agreement with medium's answer \(exact\), and where answers do not agree, by medium \(on-premises\) as the judge\.$/,
  );
});

test('data that may not leave is never audited where a tier or the judge is in the cloud', () => {
  const rules = 'data: { restricted: on-premises, open: cloud }';
  assert.deepEqual(
    said('', `tiers: [small, medium], ${rules}`).filter((text) => text.startsWith('Data')),
    [],
  );
  assert.ok(
    said('', `tiers: [small, large], ${rules}`).includes(
      "Data of class 'restricted', or of one that the route does not list, is never audited: large is in the cloud.",
    ),
  );
  assert.ok(
    said('judge: large', `tiers: [small, medium], ${rules}`).includes(
      "Data of class 'restricted', or of one that the route does not list, is never audited: the judge large is in the cloud.",
    ),
  );
  assert.ok(
    said('judge: large', 'tiers: [small, large]').includes(
      'Data of a class that the route does not list is never audited: large, the judge large are in the cloud.',
    ),
  );
});

test('a budget that cannot hold says so, and one of nothing stops everything', () => {
  assert.ok(
    said('', 'tiers: [small, medium]', BASE).includes(
      'The daily budget of audits does not hold small, medium, whose price is not known.',
    ),
  );
  assert.deepEqual(said('dailyBudgetUsd: 0'), ['Nothing is audited: learning.dailyBudgetUsd is 0.']);
});

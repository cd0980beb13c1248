import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditRow } from '../../store/contract/learning-rows.ts';
import type { Decision, Label } from '../../store/contract/store.ts';
import { auditRow, labelRow, outcomeRow } from '../../store/testing.ts';
import { recentAudits, withoutLabel, type RecentAudits } from './recent-audits.ts';

const DAY = 86_400_000;
const NOW = 1_790_000_000_000;
const TIERS = ['small', 'large'];

let count = 0;
function audited(sources: readonly (Label['source'] | undefined)[], audit: Partial<AuditRow> = {}) {
  const id = `request-${count++}`;
  const labels = sources.flatMap((source, tier) =>
    source === undefined ? [] : labelRow(id, { source, tier: TIERS[tier] ?? '' }),
  );
  return {
    outcome: outcomeRow(id, { createdAtMs: NOW - DAY }),
    attempts: [],
    labels,
    audit: auditRow(id, audit),
  } satisfies Decision;
}

test('audits are counted by outcome, with the problem of the newest', () => {
  const decisions = [
    audited(['judge', 'agreement']),
    audited([]),
    audited(['user', 'user']),
    audited([undefined, 'judge'], { problem: 'An older word.' }),
    audited([undefined, 'judge'], { problem: 'The judge is away.' }),
    // What somebody has judged afterwards lacks nothing.
    audited(['operator', 'operator'], { problem: 'The judge is far away.' }),
    audited([], { complete: false, problem: 'large failed.' }),
  ];
  const found = {
    judged: 2,
    unjudged: 2,
    noVerdict: 2,
    incomplete: 1,
    whyNoVerdict: 'The judge is away.',
    whyIncomplete: 'large failed.',
  };
  assert.deepEqual(recentAudits({ audited: decisions }, TIERS, NOW), found);
  const old = audited([]);
  old.outcome.createdAtMs = NOW - 8 * DAY;
  assert.deepEqual(recentAudits({ audited: [old, ...decisions] }, TIERS, NOW), found);
  assert.equal(recentAudits({ audited: decisions }, TIERS, NOW + 7 * DAY), undefined);
});

const of = (changes: Partial<RecentAudits>): RecentAudits => ({
  judged: 0,
  unjudged: 0,
  noVerdict: 0,
  incomplete: 0,
  ...changes,
});

test('where most audits are labels there is nothing to report', () => {
  assert.equal(
    withoutLabel(of({ judged: 10, unjudged: 4, noVerdict: 3, incomplete: 3 }), {
      nobodyJudges: true,
      certifying: 1,
    }),
    undefined,
  );
  assert.equal(withoutLabel(undefined, { nobodyJudges: false, certifying: 1 }), undefined);
});

test('the main reason why audits are no labels is given, with what to do', () => {
  assert.match(
    withoutLabel(of({ unjudged: 6, noVerdict: 1, judged: 5 }), { nobodyJudges: true, certifying: 1 }) ?? '',
    /^Requests are audited, but .* no source for one\. To get verdicts, import references \(`npm run -s weir -- labels import FILE`\), name a judge .*\.$/,
  );
  const failing = of({ noVerdict: 6, incomplete: 1, judged: 5, whyNoVerdict: 'It is away.' });
  assert.match(
    withoutLabel(failing, { nobodyJudges: false, certifying: 1 }) ?? '',
    /no verdict\. The newest of these says: It is away\. .*judge/,
  );
  const halves = of({ incomplete: 6, judged: 5, whyIncomplete: 'large failed: no.' });
  assert.match(
    withoutLabel(halves, { nobodyJudges: true, certifying: 1 }) ?? '',
    /incomplete because a tier did not answer\. .*large failed: no\.$/,
  );
});

test('audits from before a judge was configured say nothing about now', () => {
  assert.equal(withoutLabel(of({ unjudged: 6 }), { nobodyJudges: false, certifying: 1 }), undefined);
});

test('where only operators give verdicts, the message says that these certify nothing', () => {
  const operators = of({ judged: 6, unjudged: 5 });
  assert.match(
    withoutLabel(operators, { nobodyJudges: true, certifying: 0 }) ?? '',
    /operators' verdicts, but these certify nothing, .* import references .*, name a judge/,
  );
  // References do.
  assert.equal(withoutLabel(operators, { nobodyJudges: true, certifying: 1 }), undefined);
  assert.equal(withoutLabel(operators, { nobodyJudges: false, certifying: 0 }), undefined);
});

test('where no judge is configured, the message says so before the first audit', () => {
  assert.match(
    withoutLabel(undefined, { nobodyJudges: true, certifying: 1 }) ?? '',
    /^Only operators and references give verdicts\. To get more, .* name a judge/,
  );
});

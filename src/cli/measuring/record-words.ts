import type { RecordTier } from '../../recordings/record.ts';
import type { Recording, RecordFailure } from '../../recordings/record-run.ts';
import { table, say } from '../common/output.ts';

const MAX_FAILURES_SHOWN = 20;

/** Says what a recording came to, tier by tier. */
export function summarise(
  out: string,
  { traces, asked, paid, unread }: Recording,
  tiers: readonly RecordTier[],
): void {
  const looks = tiers.some((tier) => tier.paid !== undefined);
  say(
    `${out}: ${traces.length} questions, ${asked} answers new${looks ? `, ${paid} paid signals new` : ''}.`,
  );
  if (unread > 0)
    say(
      `${unread} paid signals were asked for and are missing: the model replied with something else. The same command asks again.`,
    );
  const rows = tiers.map(({ name, paid: asks }) => {
    const attempts = traces.map((trace) => trace.attempts[name]).filter((attempt) => attempt !== undefined);
    const scores = attempts.map(({ score }) => score).filter((score) => score !== undefined);
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    const signals = (asks?.signals ?? []).map((signal) => {
      const came = attempts.filter(({ paidSignals }) => paidSignals?.[signal] !== undefined);
      return `${signal} ${came.length}`;
    });
    return [
      name,
      String(attempts.length),
      scores.length === 0 ? '' : mean.toFixed(3),
      ...(looks ? [signals.join(', ')] : []),
    ];
  });
  const heads = ['tier', 'answers', 'mean score', ...(looks ? ['paid signals'] : [])];
  table(heads, rows).forEach((line) => say(line));
}

/** What failed, the first of many. */
export function describeFailures(failures: readonly RecordFailure[]): string {
  const shown = failures
    .slice(0, MAX_FAILURES_SHOWN)
    .map(({ id, tier, message }) => `${tier} ${id}: ${message}`);
  const more = failures.length > shown.length ? [`and ${failures.length - shown.length} more`] : [];
  return [
    ...shown,
    ...more,
    `${failures.length} answers are missing; the same command asks for them again`,
  ].join('\n');
}

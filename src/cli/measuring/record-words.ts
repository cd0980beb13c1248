import { counted } from '../../format/counted.ts';
import type { RecordTier } from '../../recordings/record.ts';
import type { Recording, RecordFailure } from '../../recordings/record-run.ts';
import { say, textTable } from '../common/output.ts';

const MAX_FAILURES_SHOWN = 20;

/** Prints the result of a recording, tier by tier. */
export function summarise(
  out: string,
  { traces, asked, paid, unread }: Recording,
  tiers: readonly RecordTier[],
): void {
  const hasPaid = tiers.some((tier) => tier.paid !== undefined);
  say(
    `${out}: ${counted(traces.length, 'question')}, ${counted(asked, 'new answer')}${hasPaid ? `, ${counted(paid, 'new paid signal')}` : ''}.`,
  );
  if (unread > 0)
    say(
      `${counted(unread, 'paid signal')} could not be read from the model's reply. Run the same command to ask again.`,
    );
  const rows = tiers.map(({ name, paid: asks }) => {
    const attempts = traces.map((trace) => trace.attempts[name]).filter((attempt) => attempt !== undefined);
    const scores = attempts.map(({ score }) => score).filter((score) => score !== undefined);
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    const signals = (asks?.signals ?? []).map((signal) => {
      const read = attempts.filter(({ paidSignals }) => paidSignals?.[signal] !== undefined);
      return `${signal} ${read.length}`;
    });
    return [
      name,
      String(attempts.length),
      scores.length === 0 ? '' : mean.toFixed(3),
      ...(hasPaid ? [signals.join(', ')] : []),
    ];
  });
  const heads = ['tier', 'answers', 'mean score', ...(hasPaid ? ['paid signals'] : [])];
  textTable(heads, rows).forEach((line) => say(line));
}

/** The failures, or the first of them if there are many. */
export function describeFailures(failures: readonly RecordFailure[]): string {
  const shown = failures
    .slice(0, MAX_FAILURES_SHOWN)
    .map(({ id, tier, message }) => `${tier} ${id}: ${message}`);
  const more = failures.length > shown.length ? [`and ${failures.length - shown.length} more`] : [];
  return [
    ...shown,
    ...more,
    `${counted(failures.length, 'answer')} missing. Run the same command to ask again.`,
  ].join('\n');
}

/** The results of a live run under each policy that served, from the gateway's store and its answers. */
import { DatabaseSync } from 'node:sqlite';

/** A question that was answered over HTTP. */
export interface Asked {
  id: string;
  tier: string;
  /** Hash of the policy that decided. */
  policy: string;
  certified: boolean;
  /** When its answer arrived, in milliseconds since 1970. */
  atMs: number;
  /** Scores by the question's reference: of the served answer, and of the last tier's recorded answer. */
  score: number;
  lastScore: number;
  costUsd: number;
  /** The cost of the last tier's recorded answer. */
  lastCostUsd: number;
}

interface Audit {
  cost: number;
  outcome_id: string;
}

/** @param store the file of the gateway's store; the gateway must have stopped. */
export function liveTable(asked: readonly Asked[], store: string): string {
  const database = new DatabaseSync(store, { readOnly: true });
  const audits = new Map(
    (
      database
        .prepare('select outcome_id, cost_nano_usd + judge_nano_usd as cost from audit')
        .all() as unknown as Audit[]
    ).map(({ outcome_id: id, cost }) => [id, cost / 1e9]),
  );
  const events = database
    .prepare('select kind, message, version, created_at_ms as at from learning_event order by number')
    .all() as unknown as { kind: string; message: string; version: string | null; at: number }[];
  const versions = database
    .prepare(
      "select hash, json_extract(certificate, '$.sentence') as sentence from version where certificate is not null",
    )
    .all() as unknown as { hash: string; sentence: string }[];
  database.close();
  const row = (name: string, part: readonly Asked[]): string => {
    const sum = (of: (each: Asked) => number): number => part.reduce((total, each) => total + of(each), 0);
    const always = sum(({ lastCostUsd }) => lastCostUsd);
    const audited = part.filter(({ id }) => audits.has(id));
    const auditUsd = audited.reduce((total, { id }) => total + (audits.get(id) ?? 0), 0);
    const share = (of: number): string => (of / part.length).toFixed(3);
    const cost = (of: number): string => (of / always).toFixed(3);
    const minutes = ((part.at(-1)?.atMs ?? NaN) - (part[0]?.atMs ?? NaN)) / 60_000;
    const tiers = [...Map.groupBy(part, ({ tier }) => tier)].map(
      ([tier, of]) => `${tier} ${share(of.length)}`,
    );
    return `| ${[
      name,
      part.length,
      minutes.toFixed(1),
      audited.length,
      tiers.toSorted().join(', '),
      share(sum(({ score }) => score)),
      share(sum(({ lastScore }) => lastScore)),
      share(sum(({ lastScore, score }) => lastScore - score)),
      cost(sum(({ costUsd }) => costUsd)),
      cost(auditUsd),
    ].join(' | ')} |`;
  };
  const phases = Map.groupBy(asked, ({ policy, certified }) => `${policy}${certified ? ', certified' : ''}`);
  return [
    '| policy | questions | minutes | audits | served by | score | last tier alone | lost | cost ÷ last tier alone | audits ÷ the same |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...[...phases].map(([name, part]) => row(name, part)),
    row('all', asked),
    '',
    ...events.map(({ kind, message, version, at }) => {
      const answered = asked.filter(({ atMs }) => atMs <= at).length;
      return `- after ${answered} questions, ${kind} ${version ?? ''}: ${message}`;
    }),
    '',
    ...versions.map(({ hash, sentence }) => `- ${hash}: ${sentence}`),
  ].join('\n');
}

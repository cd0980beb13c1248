import { counted } from '../../format/counted.ts';
import { dollars } from '../../format/money.ts';
import { exactPercent, percent } from '../../format/percent.ts';
import { isoMinute } from '../../format/time.ts';
import type { OperatorDesk } from '../../learning/operators/operator-desk.ts';
import { shareWords } from '../../routing/rollout.ts';
import { commandLine } from '../../format/command-line.ts';

type Status = Awaited<ReturnType<OperatorDesk['status']>>[number];
type Rollout = NonNullable<Status['rollout']>;
type Would = Rollout['tiers'][number];

/** What a route that does not serve everybody is like, and what it would have saved and lost. Nothing of any other route. */
export function describeRollout(
  { rollout, route, tiers }: Pick<Status, 'rollout' | 'route' | 'tiers'>,
  config: string | undefined,
): string[] {
  if (rollout === undefined) return [];
  const { share, changed, requests, audits, auditsUsd, policy } = rollout;
  const last = tiers.at(-1) ?? '';
  const total = requests.decided + requests.observed;
  const by =
    changed === undefined
      ? ''
      : ` (${isoMinute(Date.parse(changed.at))}, by ${changed.by}${changed.why === undefined ? '' : `: ${changed.why}`})`;
  const lines = [
    share === 0
      ? `This route observes: ${last} answers everything${by}. Nothing is saved.`
      : `Rollout at ${exactPercent(share)}: ${shareWords(share)}${by}.`,
  ];
  if (total > 0)
    lines.push(
      `Of the newest ${counted(total, 'request')} the policy decided ${percent(requests.decided / total)}. Audits of the others have cost ${dollars(auditsUsd)}.`,
    );
  if (audits === 0)
    return [...lines, 'No audit has an answer of every tier yet, so nothing can be said of the others.'];
  lines.push(
    `What would have been, against ${last}, from ${counted(audits, 'audit')}, with 95 % intervals, without the cost of audits:`,
  );
  for (const tier of rollout.tiers) lines.push(...wouldWords(`${tier.tier} alone`, tier));
  if (policy === undefined)
    lines.push(
      `  No version is in force, so if this route served now, ${last} would still answer everything.`,
    );
  else {
    const { version, servedBy } = policy;
    const name = version === undefined ? 'the rule of the configuration' : `version ${version}`;
    const shares = Object.entries(servedBy).map(([tier, of]) => `${tier} ${percent(of, 0)}`);
    lines.push(
      ...wouldWords(
        `${name}, since it decides (${counted(policy.audits, 'audit')}${policy.audits === 0 ? '' : `: ${shares.join(', ')}`})`,
        policy,
      ),
    );
  }
  lines.push(
    share === 0
      ? `To let the policy decide a part: ${commandLine(`rollout ${route} 5%`, config)}.`
      : `To stop: ${commandLine(`rollout ${route} stop`, config)}.`,
  );
  return lines;
}

function wouldWords(what: string, { agreement, saved, lost }: Omit<Would, 'tier'>): string[] {
  const said: string[] = [];
  if (saved !== undefined)
    said.push(
      `saved ${percent(saved.share)}${saved.interval === undefined ? '' : ` (${span(saved.interval)})`}`,
    );
  if (lost !== undefined) said.push(`lost ${percent(lost.estimate)} of quality (${span(lost.interval)})`);
  if (agreement !== undefined) {
    const { same, different, unknown } = agreement;
    said.push(
      `said the same in ${percent(same.value)} (${span(same)}), something else in ${percent(different)}, not known in ${percent(unknown)}`,
    );
  }
  const missing =
    lost === undefined && agreement !== undefined ? '; no verdict says yet what that loses' : '';
  return [`  ${what}: ${said.length === 0 ? 'too few audits to say' : said.join('; ')}${missing}.`];
}

function span({ lower, upper }: { lower: number; upper: number }): string {
  return `${percent(lower)} … ${percent(upper)}`;
}

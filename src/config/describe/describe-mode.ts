import { commandLine } from '../../format/command-line.ts';
import { exactPercent } from '../../format/percent.ts';
import { isoMinute } from '../../format/time.ts';
import type { Policy } from '../../routing/policy.ts';
import { shareNow, type StatedShare } from '../../routing/rollout.ts';
import { configuredShare } from '../configured-share.ts';
import type { RouteConfig } from '../schema/schema.ts';

/** What was stated last of a route while a gateway ran, and by whom. */
export interface StatedBy extends StatedShare {
  takenBy: string;
  takenAtMs: number;
}

/** Says how many of a route's requests its policy decides; nothing where it decides all. @param stated absent where nothing is stated, or that is not known. */
export function describeMode(
  { route, tiers }: Pick<Policy, 'route' | 'tiers'>,
  configured: RouteConfig,
  stated: StatedBy | undefined,
): string[] {
  if (tiers.length < 2) return [];
  const inFile = configuredShare(configured);
  const share = shareNow(inFile, stated);
  const holds = stated?.configured === inFile ? stated : undefined;
  const source =
    holds === undefined
      ? []
      : [
          `That was set with ${commandLine('rollout')} (${isoMinute(holds.takenAtMs)}, by ${holds.takenBy}); the file says ${exactPercent(inFile)}, and counts again once its \`mode\` or \`rollout\` changes.`,
        ];
  const last = tiers.at(-1)?.name ?? '';
  if (share === 1) return source.length === 0 ? [] : ['Its policy decides every request.', ...source];
  if (share === 0)
    return [
      `It observes: ${last} answers every request, as on a route that has no other tier. The others are asked by audits alone, in the background. What audits certify takes effect as soon as the route serves: \`mode: serve\` for all, ${commandLine(`rollout ${route} 5%`)} for a part.`,
      ...source,
    ];
  return [
    `Its policy decides ${exactPercent(share)} of the conversations, always the same ones; ${last} alone answers the others. Audits are drawn from all. ${commandLine(`rollout ${route} 25%`)} raises the share, ${commandLine(`rollout ${route} stop`)} ends it, and so does an alarm.`,
    ...source,
  ];
}

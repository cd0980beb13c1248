import { andList } from '../../format/and-list.ts';
import { exactPercent } from '../../format/percent.ts';
import type { Policy } from '../../routing/policy.ts';
import { ruleOf } from '../../routing/rules/rules.ts';
import type { Config } from '../schema/schema.ts';

/** The judge model that `learning.judge` names. */
interface JudgeModel {
  name: string;
  location: 'on-premises' | 'cloud' | undefined;
  priced: boolean;
}

/**
 * Says which requests of a route are audited, at what cost, who judges the answers, and what is never audited. Empty if the
 * configuration has no `learning` block, or the route has only one tier.
 * @param priced whether the price of a model is known.
 */
export function describeAudits(
  policy: Policy,
  config: Pick<Config, 'learning' | 'models' | 'upstreams'>,
  priced: (model: string) => boolean,
): string[] {
  const { learning, models, upstreams } = config;
  if (learning === undefined || policy.tiers.length < 2) return [];
  const { auditRate, startRate, closeRate, dailyBudgetUsd } = learning;
  if (dailyBudgetUsd === 0) return ['Nothing is audited, because learning.dailyBudgetUsd is 0.'];
  const judge: JudgeModel | undefined =
    learning.judge === undefined
      ? undefined
      : {
          name: learning.judge,
          location: upstreams[models[learning.judge]?.upstream ?? '']?.location,
          priced: priced(learning.judge),
        };
  const rates = describeRates(policy, { auditRate, startRate });
  // The learning coin adds nothing where every request is audited anyway.
  const close =
    closeRate > 0 && auditRate < 1 ? `, and for up to ${exactPercent(closeRate)} of the close decisions` : '';
  return [
    `Audits ask every tier in the background: for ${rates}${close}. They cost at most $${dailyBudgetUsd} per day and tenant.`,
    describeVerdicts(policy, learning.agreement, judge),
    ...describeOwnJudge(policy, judge),
    ...describeExclusions(policy, judge),
    ...describeUnpriced(policy, judge),
  ];
}

/** A route that learns knows itself when it has enough audits; for other routes, a version shows it. */
function describeRates(
  { rule }: Policy,
  { auditRate, startRate }: { auditRate: number; startRate: number },
): string {
  if (startRate === auditRate) return `${exactPercent(auditRate)} of the requests`;
  const { objective, awaitsVersion } = ruleOf(rule);
  if ('maxQualityLoss' in (objective?.(rule) ?? {}))
    return `${exactPercent(startRate)} of the requests until all tests of a first policy are done, ${exactPercent(auditRate)} after that`;
  if (awaitsVersion)
    return `${exactPercent(startRate)} of the requests until a version is in force, ${exactPercent(auditRate)} after that`;
  return `${exactPercent(auditRate)} of the requests`;
}

function describeVerdicts(
  { tiers }: Policy,
  agreement: string | undefined,
  judge: JudgeModel | undefined,
): string {
  const last = tiers.at(-1)?.name ?? '';
  const known = 'Operators and imported references say which answers are right';
  if (agreement === undefined && judge === undefined)
    return `${known}. There is no other judgement, because neither learning.judge nor learning.agreement is set.`;
  const agreed = `agreement with ${last}'s answer decides (${agreement})`;
  if (judge === undefined) return `${known}. Without a reference, ${agreed}.`;
  const asked = `${judge.name} (${judge.location}) judges`;
  return agreement === undefined
    ? `${known}. Without a reference, ${asked}.`
    : `${known}. Without a reference, ${agreed}; if answers do not agree, ${asked}.`;
}

/** The last tier is not checked: its answers are what others are compared with. */
function describeOwnJudge({ tiers }: Policy, judge: JudgeModel | undefined): string[] {
  return tiers.slice(0, -1).some(({ name }) => name === judge?.name)
    ? [
        `${judge?.name} judges its own answers, which models favour. Choose a judge that is not a tier, or only the last one.`,
      ]
    : [];
}

/** Data classes that must stay on-premises, including those that no rule names. */
function describeExclusions({ tiers, data }: Policy, judge: JudgeModel | undefined): string[] {
  const away = [
    ...tiers.filter(({ location }) => location === 'cloud').map(({ name }) => name),
    ...(judge?.location === 'cloud' ? [`the judge ${judge.name}`] : []),
  ];
  if (away.length === 0) return [];
  const restricted = Object.keys(data).filter((name) => data[name] === 'on-premises');
  const which =
    restricted.length === 0
      ? 'of a class that the route does not list'
      : `of class ${restricted.map((name) => `'${name}'`).join(', ')}, or of a class that the route does not list,`;
  return [
    `Data ${which} is never audited, because ${andList(away)} ${away.length === 1 ? 'is' : 'are'} in the cloud.`,
  ];
}

function describeUnpriced({ tiers }: Policy, judge: JudgeModel | undefined): string[] {
  const names = new Set([
    ...tiers.filter(({ price }) => price === undefined).map(({ name }) => name),
    ...(judge === undefined || judge.priced ? [] : [judge.name]),
  ]);
  return names.size === 0
    ? []
    : [
        `The daily budget does not limit calls to ${andList([...names])}, because ${names.size === 1 ? 'its price is' : 'their prices are'} not known.`,
      ];
}

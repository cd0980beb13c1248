import { exactPercent } from '../../format/percent.ts';
import type { Policy } from '../../routing/policy.ts';
import { ruleOf } from '../../routing/rules/rules.ts';
import type { Config } from '../schema/schema.ts';

interface Judge {
  name: string;
  location: 'on-premises' | 'cloud' | undefined;
  priced: boolean;
}

/**
 * Which requests of a route are audited, at what cost, who says what is right, and what is never audited, in sentences.
 * Nothing where the configuration has no `learning`, or the route has nothing to compare.
 * @param priced whether a price is known for a model, by its name.
 */
export function describeAudits(
  policy: Policy,
  config: Pick<Config, 'learning' | 'models' | 'upstreams'>,
  priced: (model: string) => boolean,
): string[] {
  const { learning, models, upstreams } = config;
  if (learning === undefined || policy.tiers.length < 2) return [];
  const { auditRate, startRate, closeRate, dailyBudgetUsd } = learning;
  if (dailyBudgetUsd === 0) return ['Nothing is audited: learning.dailyBudgetUsd is 0.'];
  const judge: Judge | undefined =
    learning.judge === undefined
      ? undefined
      : {
          name: learning.judge,
          location: upstreams[models[learning.judge]?.upstream ?? '']?.location,
          priced: priced(learning.judge),
        };
  const rates = describeRates(policy, { auditRate, startRate });
  return [
    `Audits: in the background every tier is asked for ${rates}, and for up to ${exactPercent(closeRate)} of those that were decided closely, at no more than $${dailyBudgetUsd} a day for each tenant.`,
    describeVerdicts(policy, learning.agreement, judge),
    ...describeOwnJudge(policy, judge),
    ...describeExclusions(policy, judge),
    ...describeUnpriced(policy, judge),
  ];
}

/** A route that learns knows by itself when it has enough audits; of others a version says so. */
function describeRates(
  { rule }: Policy,
  { auditRate, startRate }: { auditRate: number; startRate: number },
): string {
  const { objective, awaitsVersion } = ruleOf(rule);
  if ('maxQualityLoss' in (objective?.(rule) ?? {}))
    return `${exactPercent(startRate)} of the requests until a first policy was tested as far as it can be, for ${exactPercent(auditRate)} from then on`;
  if (awaitsVersion)
    return `${exactPercent(startRate)} of the requests until a version is in force, for ${exactPercent(auditRate)} from then on`;
  return `${exactPercent(auditRate)} of the requests`;
}

function describeVerdicts(
  { tiers }: Policy,
  agreement: string | undefined,
  judge: Judge | undefined,
): string {
  const last = tiers.at(-1)?.name ?? '';
  const known = 'What is right is said by the references that were imported, and by operators';
  if (agreement === undefined && judge === undefined)
    return `${known}; by nobody else, for there is neither learning.judge nor learning.agreement.`;
  const agreed = `agreement with ${last}'s answer (${agreement})`;
  if (judge === undefined) return `${known}; where there is no reference, by ${agreed}.`;
  const asked = `${judge.name} (${judge.location}) as the judge`;
  return agreement === undefined
    ? `${known}; where there is no reference, by ${asked}.`
    : `${known}; where there is no reference, by ${agreed}, and where answers do not agree, by ${asked}.`;
}

/** The last tier's answers are judged by nobody: others are compared with them. */
function describeOwnJudge({ tiers }: Policy, judge: Judge | undefined): string[] {
  return tiers.slice(0, -1).some(({ name }) => name === judge?.name)
    ? [
        `${judge?.name} judges its own answers, which models favour: better name a judge that is not a tier before the last.`,
      ]
    : [];
}

/** Classes that may not leave; those that no rule names are among them. */
function describeExclusions({ tiers, data }: Policy, judge: Judge | undefined): string[] {
  const away = [
    ...tiers.filter(({ location }) => location === 'cloud').map(({ name }) => name),
    ...(judge?.location === 'cloud' ? [`the judge ${judge.name}`] : []),
  ];
  if (away.length === 0) return [];
  const restricted = Object.keys(data).filter((name) => data[name] === 'on-premises');
  const which =
    restricted.length === 0
      ? 'of a class that the route does not list'
      : `of class ${restricted.map((name) => `'${name}'`).join(', ')}, or of one that the route does not list,`;
  return [
    `Data ${which} is never audited: ${away.join(', ')} ${away.length === 1 ? 'is' : 'are'} in the cloud.`,
  ];
}

function describeUnpriced({ tiers }: Policy, judge: Judge | undefined): string[] {
  const names = new Set([
    ...tiers.filter(({ price }) => price === undefined).map(({ name }) => name),
    ...(judge === undefined || judge.priced ? [] : [judge.name]),
  ]);
  return names.size === 0
    ? []
    : [`The daily budget of audits does not hold ${[...names].join(', ')}, whose price is not known.`];
}

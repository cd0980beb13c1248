import { chooseTiers } from './choose-tiers.ts';
import type { CloudProvider } from './cloud.ts';
import type { Found, FoundServer } from './detect.ts';
import { catalogued } from '../prices.ts';
import type { ConfigInput } from '../schema/schema.ts';
import { billionsOf, formatBillions } from './size.ts';
import { usableName } from './usable-name.ts';

/** A configuration made from what was found, and what is to be said about it. */
export interface Ladder {
  /** Absent where there is nothing to build from. */
  config?: ConfigInput;
  /** What was chosen and why, and what was left out and why: one sentence each. */
  sentences: string[];
}

/** The route that a found ladder has. */
export const LADDER_ROUTE = 'auto';

/** Acts at once and promises nothing: the same for every tier, to be replaced by a tuned or certified one. */
const THRESHOLD = 0.8;

/** More than anybody has: a stranger's list of names must not become the configuration. */
const MAX_MODELS = 64;

const MAX_LOCAL_TIERS = 3;
const MAX_LOCAL_TIERS_BEFORE_CLOUD = 2;

interface Candidate {
  name: string;
  upstream: string;
  model: string;
  contextTokens?: number;
  billions?: number;
  /** What people know it by: `qwen3:4b (4 B parameters, Ollama)`. */
  label: string;
}

function localCandidates(servers: readonly FoundServer[], upstreams: readonly string[]): Candidate[] {
  const taken = new Set<string>([LADDER_ROUTE]);
  return servers.flatMap(({ kind, chatModels }, index) =>
    chatModels.slice(0, MAX_MODELS).map(({ id, contextTokens, parametersBillion }) => {
      const name = usableName(id, taken);
      taken.add(name);
      const billions = parametersBillion ?? billionsOf(id);
      return {
        name,
        upstream: upstreams[index] ?? '',
        // A name with '${' in it is no reference to the environment.
        model: id.split('${').join('$${'),
        label: `${name} (${billions === undefined ? 'size unknown' : `${formatBillions(billions)} parameters`}, ${titleOf(kind)})`,
        ...(billions === undefined ? {} : { billions }),
        ...(contextTokens === undefined ? {} : { contextTokens }),
      };
    }),
  );
}

function upstreamNames(servers: readonly FoundServer[]): string[] {
  const taken = new Set<string>();
  return servers.map(({ kind }) => {
    const name = usableName(kind.toLowerCase().replaceAll(/[\s.]+/g, '-'), taken);
    taken.add(name);
    return name;
  });
}

/** Cheapest first by the catalogue; a model without a price comes last. */
function byPrice(providers: readonly CloudProvider[], now: Date): CloudProvider[] {
  const cost = ({ baseUrl, model }: CloudProvider): number => {
    const { price } = catalogued(baseUrl, model, now);
    return price === undefined ? Infinity : price.input + price.output;
  };
  return providers.toSorted((a, b) => (cost(a) < cost(b) ? -1 : cost(a) > cost(b) ? 1 : 0));
}

/** What a server says of itself, fit for a terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '?').slice(0, 200);
}

const TITLES: Readonly<Record<string, string>> = {
  ollama: 'Ollama',
  'lm-studio': 'LM Studio',
  vllm: 'vLLM',
  weir: 'Weir itself',
  'openai-compatible': 'A server that speaks the OpenAI API',
};

const titleOf = (kind: string): string => TITLES[kind] ?? printable(kind);

function describeServer({ kind, baseUrl, chatModels }: FoundServer): string {
  const { length } = chatModels;
  const models =
    length === 0 ? 'no model that chats' : length === 1 ? '1 model that chats' : `${length} models that chat`;
  const cut = length > MAX_MODELS ? `, of which the first ${MAX_MODELS} are used` : '';
  return `${titleOf(kind)} runs at ${baseUrl}, with ${models}${cut}.`;
}

function describeLeftOut({ leftOut }: FoundServer): string[] {
  return leftOut
    .slice(0, MAX_MODELS)
    .map(({ id, reason }) => `Left out: ${printable(id)} ${printable(reason)}.`);
}

function describeLadder(tiers: string[]): string[] {
  const [only] = tiers;
  if (tiers.length === 1)
    return [
      `The ladder has one tier, ${only ?? ''}: every question goes to it, for there is nothing to escalate to.`,
    ];
  return [
    `The ladder is ${tiers.join(' → ')}: nearest and cheapest first.`,
    `An answer is served where its confidence is at least ${THRESHOLD}; below that the next tier is asked. This is not certified.`,
  ];
}

/**
 * Builds a ladder from what was found, nearest and cheapest first.
 * @param options.keys providers whose key is in the environment: named, and not used without a yes.
 * @param options.cloudYes names of providers that a person said yes to.
 */
export function buildLadder(
  found: Found,
  { keys, cloudYes, now }: { keys: readonly CloudProvider[]; cloudYes: readonly string[]; now: Date },
): Ladder {
  const cloud = byPrice(
    keys.filter(({ name }) => cloudYes.includes(name)),
    now,
  );
  const unused = keys.filter(({ name }) => !cloudYes.includes(name));
  const servers = found.servers.filter(({ chatModels }) => chatModels.length > 0);
  const upstreams = upstreamNames(servers);
  const local = localCandidates(servers, upstreams);
  const chosen = chooseTiers(local, cloud.length === 0 ? MAX_LOCAL_TIERS : MAX_LOCAL_TIERS_BEFORE_CLOUD);
  const spare = local.filter((candidate) => !chosen.includes(candidate));

  const taken = new Set([LADDER_ROUTE, ...local.map(({ name }) => name)]);
  const cloudTiers = cloud.map((provider) => ({ ...provider, tier: usableName(provider.model, taken) }));
  const tiers = [...chosen.map(({ name }) => name), ...cloudTiers.map(({ tier }) => tier)];
  const labels = [
    ...chosen.map(({ label }) => label),
    ...cloudTiers.map(({ tier, title }) => `${tier} (${title}, cloud)`),
  ];

  const sentences = [
    ...found.notes,
    ...found.servers.map(describeServer),
    ...(labels.length === 0 ? [] : describeLadder(labels)),
    ...(spare.length === 0
      ? []
      : [`Not in the ladder, but to be asked for by name: ${spare.map(({ label }) => label).join(', ')}.`]),
    ...found.servers.flatMap(describeLeftOut),
    ...cloudTiers.map(
      ({ title, tier }, index) =>
        `You said yes to ${title}: ${tiers.length === cloudTiers.length && index === 0 ? 'every question' : 'what no earlier tier answers well'} is sent there, to ${tier}, and costs money.`,
    ),
    ...unused.map(
      ({ variable, name }) =>
        `${variable} is set and not used: nothing is spent, and nothing leaves this machine, without your yes. \`weir init --yes-cloud ${name}\` uses it.`,
    ),
  ];
  if (tiers.length === 0) return { sentences };

  const config: ConfigInput = {
    upstreams: Object.fromEntries([
      ...servers.map(({ baseUrl }, index): [string, ConfigInput['upstreams'][string]] => [
        upstreams[index] ?? '',
        { baseUrl, location: 'on-premises', maxConcurrent: 4 },
      ]),
      ...cloudTiers.map(({ name, baseUrl, variable }): [string, ConfigInput['upstreams'][string]] => [
        name,
        { baseUrl, apiKey: `\${${variable}}`, location: 'cloud' },
      ]),
    ]),
    models: Object.fromEntries([
      ...[...chosen, ...spare].map(
        ({ name, upstream, model, contextTokens }): [string, ConfigInput['models'][string]] => [
          name,
          { upstream, model, ...(contextTokens === undefined ? {} : { contextTokens }) },
        ],
      ),
      ...cloudTiers.map(({ name, tier, model }): [string, ConfigInput['models'][string]] => [
        tier,
        { upstream: name, model },
      ]),
    ]),
    routes: {
      [LADDER_ROUTE]: {
        serves: ['*'],
        tiers,
        objective: { thresholds: tiers.slice(1).map(() => THRESHOLD) },
      },
    },
  };
  return { config, sentences };
}

import { defined } from '../../defined.ts';
import { commandLine } from '../../format/command-line.ts';
import { counted } from '../../format/counted.ts';
import { chooseTiers } from './choose-tiers.ts';
import { byHand, type CloudProvider } from './cloud.ts';
import type { Found, FoundServer } from './detect.ts';
import { catalogued } from '../prices.ts';
import type { ConfigInput } from '../schema/schema.ts';
import { billionsOf, formatBillions } from './size.ts';
import { SMALL_ANSWER_TOKENS } from './template.ts';
import { usableName } from './usable-name.ts';

/** A configuration made from the models found, and what to tell the user about it. */
export interface FoundLadder {
  /** Absent if no model was found. */
  config?: ConfigInput;
  /** What stands above keys of it, by path: prices to fill in. */
  comments: Readonly<Record<string, string>>;
  /** What was chosen or left out, and why, one sentence each. */
  sentences: string[];
}

/** The name of the route that a found ladder gets. */
export const LADDER_ROUTE = 'auto';

/** The same for every tier. It acts at once but promises nothing, until a tuned or certified policy replaces it. */
const THRESHOLD = 0.8;

/** More than a real server has: an endless list of names must not fill the configuration. */
const MAX_MODELS = 64;

const MAX_LOCAL_TIERS = 3;
const MAX_LOCAL_TIERS_BEFORE_CLOUD = 2;

interface Candidate {
  name: string;
  upstream: string;
  model: string;
  contextTokens?: number;
  billions?: number;
  /** How messages call it: `qwen3:4b (4 B parameters, Ollama)`. */
  label: string;
}

function localCandidates(servers: readonly FoundServer[], upstreams: readonly string[]): Candidate[] {
  const taken = new Set<string>([LADDER_ROUTE]);
  return servers.flatMap(({ kind, chatModels }, index) =>
    chatModels.slice(0, MAX_MODELS).map(({ id, contextTokens, parametersBillion }) => {
      const name = usableName(id, taken);
      taken.add(name);
      const billions = parametersBillion ?? billionsOf(id);
      return defined({
        name,
        upstream: upstreams[index] ?? '',
        // '${' in a model's name does not refer to the environment.
        model: id.split('${').join('$${'),
        label: `${name} (${billions === undefined ? 'size unknown' : `${formatBillions(billions)} parameters`}, ${titleOf(kind)})`,
        billions,
        contextTokens,
      });
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

/** Cheapest first, by the catalogue's prices; models without a price come last. */
function byPrice(providers: readonly CloudProvider[], now: Date): CloudProvider[] {
  const cost = ({ baseUrl, model }: CloudProvider): number => {
    const { price } = catalogued(baseUrl, model, now);
    return price === undefined ? Infinity : price.input + price.output;
  };
  return providers.toSorted((a, b) => (cost(a) < cost(b) ? -1 : cost(a) > cost(b) ? 1 : 0));
}

/** Makes a server's text safe for a terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '?').slice(0, 200);
}

const TITLES: Readonly<Record<string, string>> = {
  ollama: 'Ollama',
  'lm-studio': 'LM Studio',
  vllm: 'vLLM',
  weir: 'Weir itself',
  'openai-compatible': 'A server with an OpenAI-compatible API',
};

const titleOf = (kind: string): string => TITLES[kind] ?? printable(kind);

function describeServer({ kind, baseUrl, chatModels }: FoundServer): string {
  const { length } = chatModels;
  const models = length === 0 ? 'no chat model' : counted(length, 'chat model');
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
      `The ladder has only one tier, ${only ?? ''}. It answers every request: there is nothing to escalate to.`,
    ];
  return [
    `The ladder is ${tiers.join(' → ')}: nearest and cheapest first.`,
    `An answer is served if its confidence is at least ${THRESHOLD}; otherwise the next tier is asked. This is not certified.`,
  ];
}

const PRICES_TO_FILL_IN =
  'Models of this machine have no price yet: the file has a line to fill in for each. Until then costs and savings are not shown, and nothing is learned.';

/** Dollars per million tokens and billion parameters: of the order of what machines cost. Only proportions matter. */
const RELATIVE_PRICE = 0.01;

/** A price in proportion to the model's parameters, marked as such; else one to be filled in. */
function priceToFillIn({ billions }: Candidate): string {
  if (billions === undefined) return ' To fill in: price: {input: …, output: …}';
  const price = Number((billions * RELATIVE_PRICE).toPrecision(3));
  return ` To fill in. In proportion to its parameters, not what it costs: price: {input: ${price}, output: ${price}}`;
}

export interface LadderSources {
  keys: readonly CloudProvider[];
  cloudYes: readonly string[];
  now: Date;
  environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Builds a ladder from the models found, nearest and cheapest first.
 * @param options.keys providers whose API key is set; they are mentioned, but only used if allowed.
 * @param options.cloudYes names of the providers that the user has allowed.
 */
export function buildLadder(
  found: Found,
  { keys, cloudYes, now, environment = {} }: LadderSources,
): FoundLadder {
  const cloud = byPrice(
    keys.filter(({ name }) => cloudYes.includes(name)),
    now,
  );
  const unused = keys.filter(({ name }) => !cloudYes.includes(name));
  const others = byHand(environment);
  const servers = found.servers.filter(({ chatModels }) => chatModels.length > 0);
  const upstreams = upstreamNames(servers);
  const local = localCandidates(servers, upstreams);
  const chosen = chooseTiers(local, cloud.length === 0 ? MAX_LOCAL_TIERS : MAX_LOCAL_TIERS_BEFORE_CLOUD);
  const spare = local.filter((candidate) => !chosen.includes(candidate));

  const taken = new Set([LADDER_ROUTE, ...local.map(({ name }) => name)]);
  const cloudTiers = cloud.map((provider) => {
    const tier = usableName(provider.model, taken);
    taken.add(tier);
    return { ...provider, tier };
  });
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
      : [`Not in the ladder, but available by name: ${spare.map(({ label }) => label).join(', ')}.`]),
    ...found.servers.flatMap(describeLeftOut),
    ...cloudTiers.map(
      ({ title, tier }, index) =>
        `You allowed ${title}: ${tiers.length === cloudTiers.length && index === 0 ? 'every request' : 'each request that no earlier tier answers well'} goes to ${tier} there and costs money.`,
    ),
    ...unused.map(
      ({ variable, name }) =>
        `${variable} is set but not used: without your permission nothing leaves this machine and nothing is spent. To use it, run ${commandLine(`init --force --yes-cloud ${name}`)}.`,
    ),
  ];
  sentences.push(
    ...others.map(
      ({ title, name, variable = '' }) =>
        `${variable} is set: ${title} can be a tier too, but not by itself, because its models have names of your own or it needs a package. Write \`preset: ${name}\` as docs/providers.md says.`,
    ),
  );
  if (tiers.length === 0) return { sentences, comments: {} };
  const unpriced = [...chosen, ...spare];
  if (unpriced.length > 0) sentences.push(PRICES_TO_FILL_IN);

  const config: ConfigInput = {
    upstreams: Object.fromEntries([
      ...servers.map(({ baseUrl }, index): [string, ConfigInput['upstreams'][string]] => [
        upstreams[index] ?? '',
        { baseUrl, location: 'on-premises', maxConcurrent: 4 },
      ]),
      ...cloudTiers.map(({ name, baseUrl, variable }): [string, ConfigInput['upstreams'][string]] => [
        name,
        // The preset knows the rest: how it is spoken to, and what its models can.
        { preset: name, baseUrl, apiKey: `\${${variable}}`, location: 'cloud' },
      ]),
    ]),
    models: Object.fromEntries([
      ...[...chosen, ...spare].map(
        ({ name, upstream, model, contextTokens }): [string, ConfigInput['models'][string]] => [
          name,
          defined({
            upstream,
            model,
            contextTokens,
            // The last tier's answers cannot be replaced, so they are not cut.
            maxOutputTokens: tiers.slice(0, -1).includes(name) ? SMALL_ANSWER_TOKENS : undefined,
          }),
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
  return {
    config,
    sentences,
    comments: Object.fromEntries(
      unpriced.map((candidate) => [`models.${candidate.name}`, priceToFillIn(candidate)]),
    ),
  };
}

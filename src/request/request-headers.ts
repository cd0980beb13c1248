import { WeirError } from '../errors.ts';
import type { Policy } from '../routing/policy.ts';
import { REQUEST_HEADERS } from '../telemetry/names.ts';
import { headerOf, type Incoming } from '../wire/http-message.ts';

/** What a request's `x-weir-*` headers ask for: they tighten the policy, and never loosen it. */
export interface RequestHeaders {
  dataClass?: string;
  topic?: string;
  maxTier?: string;
  minTier?: string;
  explain: boolean;
}

const KNOWN: ReadonlySet<string> = new Set(Object.values(REQUEST_HEADERS));
/** Planned and not built: to ignore such a header would silently break what it asks for. */
const NOT_BUILT: ReadonlySet<string> = new Set(['x-weir-max-cost-usd']);
const TOPIC = /^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$/;

/** @throws {WeirError} `unknown_header` or `invalid_header`. */
export function readRequestHeaders(headers: Incoming['headers']): RequestHeaders {
  const asked: RequestHeaders = { explain: false };
  for (const name in headers) {
    if (!name.startsWith('x-weir-')) continue;
    if (NOT_BUILT.has(name))
      throw new WeirError('unknown_header', `The header '${name}' is not supported yet; leave it out.`, {
        param: name,
      });
    if (!KNOWN.has(name)) {
      throw new WeirError(
        'unknown_header',
        `There is no request header '${name}'; the known ones are ${[...KNOWN].join(', ')}.`,
        { param: name },
      );
    }
    const value = headerOf(headers, name) ?? '';
    if (name === REQUEST_HEADERS.explain) asked.explain = readFlag(name, value);
    else if (name === REQUEST_HEADERS.topic) asked.topic = readTopic(name, value);
    else if (!NAME.test(value)) {
      throw new WeirError(
        'invalid_header',
        `The header '${name}' must be a name: letters, digits and . _ : / @ + -, at most 128.`,
        { param: name },
      );
    } else if (name === REQUEST_HEADERS.dataClass) asked.dataClass = value;
    else if (name === REQUEST_HEADERS.maxTier) asked.maxTier = value;
    else if (name === REQUEST_HEADERS.minTier) asked.minTier = value;
  }
  return asked;
}

/**
 * The tiers that a request may use, as inclusive indices.
 * @throws {WeirError} `invalid_header` where the route has no such tier.
 */
export function tierRange(policy: Policy, asked: RequestHeaders): { minTier: number; maxTier: number } {
  return {
    minTier: asked.minTier === undefined ? 0 : lowestTier(policy, asked.minTier),
    maxTier:
      asked.maxTier === undefined
        ? policy.tiers.length - 1
        : tierNamed(policy, asked.maxTier, REQUEST_HEADERS.maxTier),
  };
}

/**
 * The tier at which a request for several answers begins: the last, because one answer is weighed at a time.
 * @throws {WeirError} `unsupported_parameter` where no client may have it asked first.
 */
export function tierForSeveral({ route, tiers }: Policy): number {
  const last = tiers.length - 1;
  if (last === 0 || tiers[last]?.direct !== false) return last;
  throw new WeirError(
    'unsupported_parameter',
    `'n' greater than 1 goes to the last tier, and '${tiers[last].name}' of route '${route}' answers only after an earlier tier; send the request several times.`,
    { param: 'n' },
  );
}

/** @throws {WeirError} `invalid_header` where it is not there, or no client may have it asked first. */
function lowestTier(policy: Policy, name: string): number {
  const index = tierNamed(policy, name, REQUEST_HEADERS.minTier);
  if (policy.tiers[index]?.direct !== false) return index;
  throw new WeirError(
    'invalid_header',
    `Tier '${name}' of route '${policy.route}' answers only after an earlier tier; name an earlier one, or leave the header '${REQUEST_HEADERS.minTier}' out.`,
    { param: REQUEST_HEADERS.minTier },
  );
}

function tierNamed(policy: Policy, name: string, header: string): number {
  const index = policy.tiers.findIndex((tier) => tier.name === name);
  if (index >= 0) return index;
  const names = policy.tiers.map((tier) => tier.name).join(', ');
  throw new WeirError(
    'invalid_header',
    `Route '${policy.route}' has no tier '${name}'; its tiers are ${names}.`,
    { param: header },
  );
}

/** Topics are the groups of traces. Their names can be anything that fits a header. */
function readTopic(name: string, value: string): string {
  if (TOPIC.test(value)) return value;
  const message = `The header '${name}' must be 1 to 128 printable ASCII characters, without a blank at either end.`;
  throw new WeirError('invalid_header', message, { param: name });
}

function readFlag(name: string, value: string): boolean {
  if (value === '1' || value === 'true') return true;
  if (value === '0' || value === 'false') return false;
  throw new WeirError('invalid_header', `The header '${name}' must be 1 or 0.`, { param: name });
}

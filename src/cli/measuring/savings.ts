import { InvalidArgumentError, type Command } from 'commander';
import { savings, type PlannedTier, type Savings, type SavingsItem } from '../../learning/tuning/savings.ts';
import { unusable } from '../common/exit.ts';
import { percent, print, printJson } from '../common/output.ts';

interface Options {
  smallPrice: number;
  largePrice: number;
  kept: number;
  tier: PlannedTier[];
  cache?: number;
  cachePrice?: number;
  audits?: number;
  json: boolean;
}

export function register(program: Command): void {
  program
    .command('savings')
    .summary('what a cascade would cost beside always asking the large model')
    .description(
      'Works out what a cascade costs beside always asking the large model, before anything is measured: prices in any one unit, per question. The small model is paid for every question, also for those it hands on. What it really saves on your traffic, weir replay measures.',
    )
    .requiredOption('--small-price <price>', "the small model's price", parsePrice)
    .requiredOption('--large-price <price>', "the large model's price, in the same unit", parsePrice)
    .requiredOption(
      '--kept <share>',
      'share of the questions that the small model answers: 0.7 or 70%',
      parseShare,
    )
    .option(
      '--tier <price:kept>',
      'a tier between them: its price, and the share it answers of what reaches it; may be repeated, in order',
      collectTier,
      [] as PlannedTier[],
    )
    .option('--cache <share>', 'share of all requests that a cache answers', parseShare)
    .option('--cache-price <price>', 'what such a request costs (default: nothing)', parsePrice)
    .option(
      '--audits <share>',
      'share of the requests for which every tier is asked, to check on the small ones',
      parseShare,
    )
    .option('--json', 'print one JSON document', false)
    .action(run);
}

function run(options: Options): void {
  const { smallPrice, largePrice, kept, tier, cache, cachePrice, audits } = options;
  if (largePrice === 0) throw unusable('--large-price is 0: there is nothing to save.');
  if (cachePrice !== undefined && cache === undefined)
    throw unusable(
      '--cache-price says what a cached request costs; --cache says how many there are, and is missing.',
    );
  const plan = {
    tiers: [{ price: smallPrice, kept }, ...tier],
    lastPrice: largePrice,
    ...(cache === undefined ? {} : { cached: cache }),
    ...(cachePrice === undefined ? {} : { cachePrice }),
    ...(audits === undefined ? {} : { audited: audits }),
  };
  const result = savings(plan);
  if (options.json) {
    const { breakEvenKept, ...rest } = result;
    // JSON has no undefined: a break-even that does not exist is absent.
    printJson({
      plan,
      ...rest,
      ...(breakEvenKept === undefined ? {} : { breakEvenKept }),
      explanation: explain(options, result),
    });
    return;
  }
  const sum = result.relativeCost.toFixed(3);
  const lines = result.items.map((item): [string, string] => [
    describe(item, tier.length),
    item.relativeCost.toFixed(3),
  ]);
  const width = Math.max(...lines.map(([text]) => text.length));
  print(headline(result));
  print();
  lines.forEach(([text, cost]) => print(`  ${text.padEnd(width)}  ${cost}`));
  print(`  ${'of always asking the large model'.padEnd(width)}  ${sum}`);
  print();
  explain(options, result).forEach(print);
}

function headline({ relativeCost, saved }: Savings): string {
  const cost = `This costs ${percent(relativeCost)} of always asking the large model`;
  if (saved > 0) return `${cost}: it saves ${percent(saved)}.`;
  return saved < 0
    ? `${cost}: it saves nothing, it costs ${percent(-saved)} more.`
    : `${cost}: it saves nothing.`;
}

function describe({ on, tier, reached }: SavingsItem, middle: number): string {
  const share = percent(reached).padStart(7);
  if (on === 'cache') return `${share} come from the cache`;
  if (on === 'audits') return `${share} are audited by the tiers not asked`;
  if (on === 'last') return `${share} go on to the large model`;
  if (tier === 0) return `${share} are asked of the small model`;
  return `${share} go on to the middle tier${middle > 1 ? ` ${tier}` : ''}`;
}

/** The arithmetic in sentences. */
function explain({ kept, cache, audits, tier }: Options, result: Savings): string[] {
  const lines: string[] = [];
  if (kept > 0 && kept < 1)
    lines.push(
      `Keeping ${percent(kept)} at the small model does not mean saving ${percent(kept)}: it is paid for every question, also for those it hands on.`,
    );
  if (cache !== undefined && cache > 0 && result.saved > 0)
    lines.push(
      `Of the ${points(result.saved)} points saved, ${points(1 - result.cacheAlone)} are the cache's: always asking the large model behind it costs ${percent(result.cacheAlone)}.`,
    );
  if (audits !== undefined && audits > 0)
    lines.push(
      'An audited request pays for every tier: that is the price of knowing what the small answers are worth.',
    );
  lines.push(breakEven(result, tier.length > 0));
  return lines;
}

/** Percentage points, without their unit. */
function points(share: number): string {
  return (share * 100).toFixed(1);
}

function breakEven({ breakEvenKept }: Savings, hasMiddle: boolean): string {
  const provided = hasMiddle ? ', where the tiers between keep what is said' : '';
  if (breakEvenKept === undefined)
    return `However much the small model keeps, this costs more than always asking the large one${provided}.`;
  if (breakEvenKept === 0) return `It pays however little the small model keeps${provided}.`;
  return `It pays from ${percent(breakEvenKept)} kept on, that is while less than ${percent(1 - breakEvenKept)} are escalated${provided}.`;
}

function collectTier(text: string, before: PlannedTier[]): PlannedTier[] {
  const [price, kept, ...rest] = text.split(':');
  if (price === undefined || kept === undefined || rest.length > 0)
    throw new InvalidArgumentError(
      'Write it as price:kept, such as 0.2:0.7 for a price of 0.2 and 70 % answered of what reaches it.',
    );
  return [...before, { price: parsePrice(price), kept: parseShare(kept) }];
}

function parsePrice(text: string): number {
  const price = parseNumber(text);
  if (price === undefined || price < 0)
    throw new InvalidArgumentError(`'${text}' is no price: it has to be a number, 0 or more, such as 0.05.`);
  return price;
}

function parseShare(text: string): number {
  const inPercent = /^(.+?)\s*%$/.exec(text);
  const number = parseNumber(inPercent?.[1] ?? text);
  const share = number === undefined || inPercent === null ? number : number / 100;
  if (share !== undefined && share >= 0 && share <= 1) return share;
  const meant =
    share !== undefined && share > 1 && share <= 100 ? ` For ${share} % write ${share / 100}.` : '';
  throw new InvalidArgumentError(
    `'${text}' is no share: it has to be between 0 and 1, or a percentage up to 100%.${meant}`,
  );
}

/** A decimal number; nothing else that JavaScript would take for one. */
function parseNumber(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) && Number.isFinite(Number(text))
    ? Number(text)
    : undefined;
}

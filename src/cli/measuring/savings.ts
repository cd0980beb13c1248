import { InvalidArgumentError, type Command } from 'commander';
import { savings, type PlannedTier, type Savings, type SavingsItem } from '../../learning/tuning/savings.ts';
import { defined } from '../../defined.ts';
import { percent, points } from '../../format/percent.ts';
import { unusable } from '../common/exit.ts';
import { JSON_OPTION } from '../common/options.ts';
import { print, printJson, printLines } from '../common/output.ts';

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

export function registerSavings(program: Command): void {
  program
    .command('savings')
    .description(
      'Estimate what a cascade costs compared with always asking the large model, from prices alone. Give prices per question, all in the same unit. The small model is paid for every question, even for those it passes on. `weir replay` measures what you save on your own traffic.',
    )
    .requiredOption('--small-price <price>', 'price of the small model', parsePrice)
    .requiredOption('--large-price <price>', 'price of the large model, in the same unit', parsePrice)
    .requiredOption(
      '--kept <share>',
      'share of the questions that the small model answers: 0.7 or 70%',
      parseShare,
    )
    .option(
      '--tier <price:kept>',
      'tier between the two: its price, and the share it answers of the questions that reach it; may be repeated, in order',
      collectTier,
      [] as PlannedTier[],
    )
    .option('--cache <share>', 'share of all requests that a cache answers', parseShare)
    .option('--cache-price <price>', 'price of a request that the cache answers (default: 0)', parsePrice)
    .option(
      '--audits <share>',
      'share of the requests that every tier is asked, to check the small models',
      parseShare,
    )
    .option(...JSON_OPTION)
    .addHelpText('after', '\nExample:\n  $ weir savings --small-price 1 --large-price 20 --kept 70%')
    .action(run);
}

function run(options: Options): void {
  const { smallPrice, largePrice, kept, tier, cache, cachePrice, audits } = options;
  if (largePrice === 0) throw unusable('--large-price is 0, so there is nothing to save.');
  if (cachePrice !== undefined && cache === undefined)
    throw unusable('--cache-price needs --cache, the share of the requests that the cache answers.');
  const plan = defined({
    tiers: [{ price: smallPrice, kept }, ...tier],
    lastPrice: largePrice,
    cached: cache,
    cachePrice,
    audited: audits,
  });
  const result = savings(plan);
  if (options.json) return printJson({ plan, ...result, explanation: explain(options, result) });
  const sum = result.relativeCost.toFixed(3);
  const lines = result.items.map((item): [string, string] => [
    describe(item, tier.length),
    item.relativeCost.toFixed(3),
  ]);
  const width = Math.max(...lines.map(([text]) => text.length));
  print(headline(result));
  print();
  lines.forEach(([text, cost]) => print(`  ${text.padEnd(width)}  ${cost}`));
  print(`  ${'in total'.padEnd(width)}  ${sum}`);
  print();
  printLines(explain(options, result));
}

function headline({ relativeCost, saved }: Savings): string {
  const cost = `This costs ${percent(relativeCost)} of what always asking the large model costs`;
  if (saved > 0) return `${cost}: it saves ${percent(saved)}.`;
  return saved < 0
    ? `${cost}: it saves nothing and costs ${percent(-saved)} more. Do not cascade at these figures.`
    : `${cost}: it saves nothing.`;
}

function describe({ on, tier, reached }: SavingsItem, middle: number): string {
  const share = percent(reached).padStart(7);
  if (on === 'cache') return `${share} are answered by the cache`;
  if (on === 'audits') return `${share} are audited: the other tiers are asked too`;
  if (on === 'last') return `${share} go on to the large model`;
  if (tier === 0) return `${share} go to the small model`;
  return `${share} go on to the middle tier${middle > 1 ? ` ${tier}` : ''}`;
}

/** Explains the arithmetic in sentences. */
function explain(options: Options, result: Savings): string[] {
  const { kept, cache, audits, tier } = options;
  const lines: string[] = [];
  if (kept > 0 && kept < 1)
    lines.push(
      `Keeping ${percent(kept)} at the small model does not save ${percent(kept)}: the small model is paid for every question, even for those it passes on.`,
    );
  if (cache !== undefined && cache > 0 && result.saved > 0)
    lines.push(
      `Of the ${points(result.saved)} percentage points saved, ${points(1 - result.cacheAlone)} are due to the cache: a cache in front of the large model alone costs ${percent(result.cacheAlone)}.`,
    );
  if (audits !== undefined && audits > 0)
    lines.push(
      'An audited request pays for every tier: that is the price of knowing how good the small models are.',
    );
  lines.push(breakEven(result, tier.length > 0));
  if (result.relativeCost > result.cacheAlone) lines.push(priceNeeded(result, options));
  return lines;
}

/** Every question past the cache pays the small model: what it costs less comes off as it is. */
function priceNeeded(
  { relativeCost, cacheAlone, items }: Savings,
  { smallPrice, largePrice }: Pick<Options, 'smallPrice' | 'largePrice'>,
): string {
  const paying = items.find(({ on, tier }) => on === 'tier' && tier === 0)?.reached ?? 0;
  const needed = smallPrice - ((relativeCost - cacheAlone) * largePrice) / paying;
  return needed > 0
    ? `With the same shares it would pay if the small model cost less than ${Number(needed.toPrecision(3))}.`
    : 'With the same shares it would not pay if the small model cost nothing.';
}

function breakEven({ breakEvenKept }: Savings, hasMiddle: boolean): string {
  const provided = hasMiddle ? ', if the tiers between keep the share given' : '';
  if (breakEvenKept === undefined)
    return `However much the small model keeps, this costs more than always asking the large one${provided}.`;
  if (breakEvenKept === 0) return `It pays off however little the small model keeps${provided}.`;
  return `It pays off if the small model keeps more than ${percent(breakEvenKept)}, that is, passes on less than ${percent(1 - breakEvenKept)}${provided}.`;
}

function collectTier(text: string, before: PlannedTier[]): PlannedTier[] {
  const [price, kept, ...rest] = text.split(':');
  if (price === undefined || kept === undefined || rest.length > 0)
    throw new InvalidArgumentError(
      "It must be PRICE:KEPT, such as '0.2:0.7' for a price of 0.2 and 70 % of the questions answered.",
    );
  return [...before, { price: parsePrice(price), kept: parseShare(kept) }];
}

function parsePrice(text: string): number {
  const price = parseNumber(text);
  if (price === undefined || price < 0)
    throw new InvalidArgumentError(`'${text}' is not a price. Write a number, 0 or more, such as 0.05.`);
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
    `'${text}' is not a share. Write a number between 0 and 1, or a percentage up to 100%.${meant}`,
  );
}

/** Reads a decimal number, and nothing else that JavaScript takes for one. */
function parseNumber(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) && Number.isFinite(Number(text))
    ? Number(text)
    : undefined;
}

import { andList } from '../../format/and-list.ts';
import type { Provenance } from '../../routing/provenance.ts';
import { objectiveWords } from '../../routing/rules/objective.ts';
import { nanoDollars } from '../../format/money.ts';
import { isCrossFitted, versionHash, type Certificate, type Version } from '../../routing/version.ts';
import { counted } from '../../format/counted.ts';
import { percent } from '../../format/percent.ts';
import { costAndLossWords, readMeasuredFigures } from '../table/measured-figures.ts';
import {
  diffVersions,
  changeSize,
  evidenceFigures,
  priceAt,
  type NumberChange,
  type VersionDiff,
} from './version-diff.ts';

/** Long lists are cut to this many lines; `--json` shows all of them. */
const MOST = 6;
const MOST_FIGURES = 12;

/** A version in sentences: its objective, its policies, what it promises, and its evidence. */
export function describeVersion(version: Version): string[] {
  const { route, tiers, rule, certificate, evidence, createdAt } = version;
  const figures = [...evidenceFigures(evidence)].filter(
    ([name]) => !IN_SENTENCES.has(name.split('.')[0] ?? ''),
  );
  return [
    `Version ${versionHash(version)} of route ${route}, created ${createdAt}.`,
    `Objective: ${objectiveWords(rule.objective)}.`,
    `Tiers: ${tiers.map(({ name, model }) => `${name} (${model})`).join(' → ')}.`,
    ...tiers.map(({ name, source }) => sourceWords(name, source)),
    `Price of quality: one more acceptable answer is worth ${nanoDollars(priceAt(rule))}.`,
    ...pathWords(version),
    ...(certificate === undefined
      ? ['Not certified: it promises nothing.']
      : [`Certified: ${certificate.sentence}`, `  ${certificateFigures(certificate)}`]),
    ...measuredWords(version),
    ...(figures.length === 0
      ? []
      : ['Figures of its evidence:', ...figures.map(([name, value]) => `  ${name} ${figure(value)}`)]),
  ];
}

/** Whose answers a tier's were, as far as the version says. */
function sourceWords(tier: string, source: Provenance | undefined): string {
  if (source === undefined) return `  It does not say whose answers those of ${tier} were.`;
  const { identity, template, checks, streamed, sampling } = source;
  const how = [
    identity === undefined ? 'of an unknown server' : `of ${identity}`,
    ...(template === undefined ? [] : [`with the prompt template ${template}`]),
    checks === undefined ? 'put to unknown checks' : `put to the checks ${checks}`,
    ...(streamed === undefined
      ? []
      : [`asked for ${andList(streamed.map((mode) => (mode === 'whole' ? mode : 'as a stream')))}`]),
    ...(sampling === undefined ? [] : [`sampled with ${samplingWords(sampling)}`]),
  ];
  return `  The answers of ${tier} were ${how.join(', ')}.`;
}

function samplingWords(sampling: NonNullable<Provenance['sampling']>): string {
  const words = Object.entries(sampling).map(([name, { least, most, unset }]) => {
    const range = least === most ? `${name} ${least}` : `${name} ${least} to ${most}`;
    return unset === true ? `${range} or unset` : range;
  });
  return words.length === 0 ? "the server's defaults" : andList(words);
}

/** Figures that the sentences above the list show. */
const IN_SENTENCES: ReadonlySet<string> = new Set([
  'relativeCost',
  'relativeCostInterval',
  'loss',
  'lossInterval',
  'unjudgedRows',
]);

/** Which of the version's policies decides, and which never do. */
function pathWords({ rule, certificate }: Version): string[] {
  const { path, furthest } = rule;
  if (path.length === 1) return ['It has one policy.'];
  const last = Math.min(furthest, path.length - 1);
  const beyond =
    last < path.length - 1
      ? ` Those after ${policyAt(last)} are never used${certificate === undefined ? '' : ', because they are not certified'}.`
      : '';
  const moves = 'budgetUsdPerRequest' in rule.objective ? ', until the budget moves it' : '';
  return [
    `It has ${path.length} policies, from number 1, the strictest, to number ${path.length}, the least strict; ${policyAt(positionOf(rule))} decides${moves}.${beyond}`,
  ];
}

/** What the version did where it was tested. A mix of two policies has no interval. */
function measuredWords({ evidence, certificate }: Version): string[] {
  const figures = readMeasuredFigures(evidence);
  if (figures === undefined) return [];
  const { moved, certifyRows = certificate?.rows } = evidence;
  const rows =
    typeof certifyRows === 'number'
      ? `On the ${counted(certifyRows, 'label')} that tested it`
      : 'Where it was tested';
  const tested = moved === undefined ? 'it' : 'the policy that it first used';
  const intervals = figures.relativeCostInterval === undefined ? '' : ', with 95 % intervals';
  const lost =
    typeof evidence['unjudgedRows'] === 'number'
      ? ` ${evidence['unjudgedRows']} of them got no verdict and count as lost.`
      : '';
  return [
    `${rows}, ${tested} ${costAndLossWords(figures)}${intervals}.${lost} Costs of audits and judges are not included.`,
  ];
}

function positionOf({ place, furthest, path }: Version['rule']): number {
  return Math.min(place, furthest, path.length - 1);
}

/** `number 3`; for a position between two policies, the share of requests that each decides. */
function policyAt(position: number): string {
  const [low, share] = [Math.floor(position), position - Math.floor(position)];
  return share === 0
    ? `number ${low + 1}`
    : `a random mix of number ${low + 1} (${percent(1 - share)} of the requests) and number ${low + 2} (${percent(share)})`;
}

/** How the second version differs from the first, in sentences and then figures. Without a first one, describes the second. */
export function describeVersionDiff(before: Version | undefined, after: Version): string[] {
  if (before === undefined)
    return ['There is no version in force to compare with.', ...describeVersion(after)];
  const diff = diffVersions(before, after);
  if (diff.from === diff.to) return [`Both are version ${diff.to}.`];
  return [
    `Version ${diff.to} compared with ${diff.from}:`,
    objectiveChange(diff),
    tierChange(diff),
    priceChange(diff),
    ...certificateChange(diff),
    ...list('Figures of its evidence:', diff.evidence, MOST_FIGURES, figure),
    ...list('Costs that changed most:', diff.costs, MOST, nanoDollars),
    ...list('Coefficients that changed most:', coefficients(diff), MOST, figure),
  ];
}

/** Of all states, the largest change first. */
function coefficients(diff: VersionDiff): NumberChange[] {
  return diff.coefficients
    .flatMap(({ state, predicts, changes }) =>
      changes.map((change) => ({
        ...change,
        name: `${change.name} in ${PREDICTS[predicts] ?? predicts} ${stateWords(state)}`,
      })),
    )
    .toSorted((a, b) => changeSize(b) - changeSize(a));
}

const PREDICTS: Readonly<Record<string, string>> = {
  acceptable: 'the confidence in',
  better: 'the chance that the last tier is better than',
  worse: 'the chance that the last tier is worse than',
};

function stateWords(state: string): string {
  return state.endsWith('+paid')
    ? `${state.slice(0, -'+paid'.length)}'s answer with its paid signals`
    : `${state}'s answer`;
}

function objectiveChange({ objective: { before, after } }: VersionDiff): string {
  const [was, is] = [objectiveWords(before), objectiveWords(after)];
  return was === is ? `The objective is the same: ${is}.` : `The objective changed from '${was}' to '${is}'.`;
}

function tierChange({ tiers: { before, after } }: VersionDiff): string {
  const words = (tiers: Version['tiers']): string =>
    tiers.map(({ name, model }) => `${name} (${model})`).join(' → ');
  const [was, is] = [words(before), words(after)];
  const hasOtherParameters = after.some(({ asked }, index) => asked !== before[index]?.asked);
  if (was === is && hasOtherParameters)
    return `The tiers are the same, with other request parameters: ${is}.`;
  return was === is ? `The tiers are the same: ${is}.` : `The tiers changed from ${was} to ${is}.`;
}

function priceChange({ priceOfQuality, place }: VersionDiff): string {
  const { before, after } = priceOfQuality;
  const where = `policy ${numbered(place.after)} of ${place.pointsAfter}, was ${numbered(place.before)} of ${place.pointsBefore}`;
  if (before === after)
    return `It is equally strict: one more acceptable answer is worth ${nanoDollars(after)} (${where}).`;
  const [how, direction] = after > before ? ['stricter', 'up'] : ['less strict', 'down'];
  return `It is ${how}: one more acceptable answer is worth ${nanoDollars(after)}, ${direction} from ${nanoDollars(before)} (${where}).`;
}

/** Numbers start at 1; a number between two policies is a mix of both. */
function numbered(position: number): string {
  return figure(position + 1);
}

function certificateChange({ certificate: { before, after } }: VersionDiff): string[] {
  if (after === undefined)
    return [
      before === undefined ? 'Neither version is certified.' : 'It is not certified; the other version is.',
    ];
  if (before === undefined)
    return [
      'It is certified; the other version is not:',
      `  ${after.sentence}`,
      `  ${certificateFigures(after)}`,
    ];
  const rows =
    after.rows === before.rows ? 'the same number of' : after.rows > before.rows ? 'more' : 'fewer';
  const promise =
    after.promise !== before.promise || after.limit !== before.limit || after.level !== before.level
      ? 'It promises something else'
      : isCrossFitted(after) === isCrossFitted(before)
        ? 'It promises the same'
        : isCrossFitted(after)
          ? 'It promises the same, but only in the limit of many labels'
          : 'It promises the same, and not only in the limit of many labels';
  return [
    `${promise}, on ${rows} labels:`,
    `  ${after.sentence}`,
    `  ${certificateFigures(after)}; before: ${certificateFigures(before)}`,
  ];
}

function certificateFigures({ limit, level, test, rows, pValue }: Certificate): string {
  return `at most ${figure(limit)}, wrong at most ${figure(level)} of the time; ${test} test on ${rows} labels, p-value ${figure(pValue)}`;
}

function list(
  head: string,
  changes: readonly NumberChange[],
  most: number,
  show: (value: number) => string,
): string[] {
  if (changes.length === 0) return [];
  const lines = changes.slice(0, most).map(({ name, before, after }) => {
    if (after === undefined) return `  ${name}: removed, was ${show(before ?? 0)}`;
    return before === undefined
      ? `  ${name}: ${show(after)}, new`
      : `  ${name}: ${show(after)}, was ${show(before)}`;
  });
  const more = changes.length - lines.length;
  return [head, ...lines, ...(more === 0 ? [] : [`  and ${more} more`])];
}

/** Counts in full, else three significant digits. */
function figure(value: number): string {
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(3)));
}

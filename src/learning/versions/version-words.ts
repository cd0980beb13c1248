import { objectiveWords } from '../../routing/rules/objective.ts';
import { nanoDollars } from '../../format/money.ts';
import { isCrossFitted, versionHash, type Certificate, type Version } from '../../routing/version.ts';
import { counted } from '../../format/counted.ts';
import { figuresOfEvidence, figuresWords, percent } from '../table/judged-figures.ts';
import { diffVersions, distance, figuresOf, priceAt, type Change, type VersionDiff } from './version-diff.ts';

/** So many lines of a list are read; `--json` has all of them. */
const MOST = 6;
const MOST_FIGURES = 12;

/** A version for people: what it is for, where it stands, what it promises, what speaks for it. */
export function describeVersion(version: Version): string[] {
  const { route, tiers, rule, certificate, evidence, createdAt } = version;
  const figures = [...figuresOf(evidence)].filter(([name]) => !SAID.has(name.split('.')[0] ?? ''));
  return [
    `Version ${versionHash(version)} of route ${route}, made ${createdAt}.`,
    `Objective: ${objectiveWords(rule.objective)}.`,
    `Tiers: ${tiers.map(({ name, model }) => `${name} (${model})`).join(' → ')}.`,
    `To it one more acceptable answer is worth ${nanoDollars(priceAt(rule))}.`,
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

/** Figures that stand in sentences above the list. */
const SAID: ReadonlySet<string> = new Set(['relativeCost', 'relativeCostInterval', 'loss', 'lossInterval']);

/** Where the version stands among the policies that it holds. */
function pathWords({ rule, certificate }: Version): string[] {
  const { path, furthest } = rule;
  if (path.length === 1) return ['It holds one policy.'];
  const last = Math.min(furthest, path.length - 1);
  const beyond =
    last < path.length - 1
      ? `; those after ${standing(last)} are never used${certificate === undefined ? '' : ', for they are not certified'}`
      : '';
  return [
    `It holds ${path.length} policies, number 1 the strictest, each further one laxer; ${standing(placeOf(rule))} decides${'budgetUsdPerRequest' in rule.objective ? ', until the budget moves it' : ''}${beyond}.`,
  ];
}

/** What it did where it was tested; what makes up a mix of two policies has no interval. */
function measuredWords({ evidence, certificate }: Version): string[] {
  const figures = figuresOfEvidence(evidence);
  if (figures === undefined) return [];
  const { moved, certifyRows = certificate?.rows } = evidence;
  const rows =
    typeof certifyRows === 'number'
      ? `On the ${counted(certifyRows, 'label')} that tested it`
      : 'Where it was tested';
  const whose = moved === undefined ? 'it' : 'the one of its policies that stood there first';
  const intervals = figures.relativeCostInterval === undefined ? '' : ', with 95 % intervals';
  return [
    `${rows}, ${whose} ${figuresWords(figures)}${intervals}; what audits and judges cost is not in it.`,
  ];
}

function placeOf({ place, furthest, path }: Version['rule']): number {
  return Math.min(place, furthest, path.length - 1);
}

/** `number 3`, or of a place between two policies, in which shares each decides. */
function standing(place: number): string {
  const [low, share] = [Math.floor(place), place - Math.floor(place)];
  return share === 0
    ? `number ${low + 1}`
    : `a random mix of number ${low + 1} (${percent(1 - share)} of the requests) and number ${low + 2} (${percent(share)})`;
}

/**
 * What the second version does otherwise than the first, in words, the figures after them. Without a first one it is the
 * second one's description.
 */
export function describeVersionDiff(before: Version | undefined, after: Version): string[] {
  if (before === undefined) return ['No version is in force to compare it with.', ...describeVersion(after)];
  const diff = diffVersions(before, after);
  if (diff.from === diff.to) return [`Both are version ${diff.to}.`];
  return [
    `Version ${diff.to} against ${diff.from}:`,
    objectiveChange(diff),
    tierChange(diff),
    priceChange(diff),
    ...certificateChange(diff),
    ...list('Figures of its evidence:', diff.evidence, MOST_FIGURES, figure),
    ...list('Costs that changed most:', diff.costs, MOST, nanoDollars),
    ...list('Coefficients that changed most:', coefficients(diff), MOST, figure),
  ];
}

/** Of all states together, the largest change first. */
function coefficients(diff: VersionDiff): Change[] {
  return diff.coefficients
    .flatMap(({ state, predicts, changes }) =>
      changes.map((change) => ({
        ...change,
        name: `${change.name} in ${PREDICTS[predicts] ?? predicts} ${stateWords(state)}`,
      })),
    )
    .toSorted((a, b) => distance(b) - distance(a));
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
  return was === is
    ? `It has the same objective: ${is}.`
    : `It has another objective: ${is}; it was: ${was}.`;
}

function tierChange({ tiers: { before, after } }: VersionDiff): string {
  const words = (tiers: Version['tiers']): string =>
    tiers.map(({ name, model }) => `${name} (${model})`).join(' → ');
  const [was, is] = [words(before), words(after)];
  const isAskedOtherwise = after.some(({ asked }, index) => asked !== before[index]?.asked);
  if (was === is && isAskedOtherwise) return `It asks the same tiers, with other parameters: ${is}.`;
  return was === is ? `It asks the same tiers: ${is}.` : `It asks other tiers: ${is}; they were: ${was}.`;
}

function priceChange({ priceOfQuality, place }: VersionDiff): string {
  const { before, after } = priceOfQuality;
  const where = `policy ${numbered(place.after)} of ${place.pointsAfter}, was ${numbered(place.before)} of ${place.pointsBefore}`;
  if (before === after)
    return `It is as strict: one more acceptable answer is worth ${nanoDollars(after)} (${where}).`;
  const how =
    after > before ? 'It is stricter: quality is dearer to it' : 'It is laxer: quality is cheaper to it';
  return `${how}. One more acceptable answer is worth ${nanoDollars(after)}, and was worth ${nanoDollars(before)} (${where}).`;
}

/** From 1 on; a place between two policies is a mix of both. */
function numbered(place: number): string {
  return figure(place + 1);
}

function certificateChange({ certificate: { before, after } }: VersionDiff): string[] {
  if (after === undefined)
    return [before === undefined ? 'Neither is certified.' : 'It is not certified, and the other one is.'];
  if (before === undefined)
    return [
      'It is certified, and the other one is not:',
      `  ${after.sentence}`,
      `  ${certificateFigures(after)}`,
    ];
  const rows = after.rows === before.rows ? 'as many' : after.rows > before.rows ? 'more' : 'fewer';
  const promise =
    after.promise !== before.promise || after.limit !== before.limit || after.level !== before.level
      ? 'It promises something else'
      : isCrossFitted(after) === isCrossFitted(before)
        ? 'It promises the same'
        : isCrossFitted(after)
          ? 'It promises the same, but in the limit of many labels alone'
          : 'It promises the same, and not in the limit of many labels alone';
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
  changes: readonly Change[],
  most: number,
  show: (value: number) => string,
): string[] {
  if (changes.length === 0) return [];
  const lines = changes.slice(0, most).map(({ name, before, after }) => {
    if (after === undefined) return `  ${name}: not there any more, was ${show(before ?? 0)}`;
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

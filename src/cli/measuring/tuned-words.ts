import { withMinus } from '../../format/minus.ts';
import { percent } from '../../format/percent.ts';
import type { Frontier } from '../../learning/tuning/frontier.ts';
import { firstPrice, orderAdvice } from '../../learning/tuning/ladder-advice.ts';
import type { Tuned } from '../../learning/tuning/tune.ts';
import { frontierPicture } from './frontier-picture.ts';
import { textTable } from '../common/output.ts';

/** Rows of the frontier's table: enough to show its shape. */
const MAX_ROWS = 12;

/** Describes the result of tuning in sentences, a table and a picture. */
export function describeTuned(
  { frontier, version, draw, solved, why }: Tuned,
  tiers: readonly string[],
  leftOutWords: readonly string[] = [],
): string[] {
  const { points, chosen, questions, limit } = frontier;
  const stride = Math.max(1, Math.ceil(points.length / MAX_ROWS));
  const shown = points.flatMap((point, index) =>
    index % stride === 0 || index === chosen || index === points.length - 1 ? [{ point, index }] : [],
  );
  const promise = version?.certificate?.sentence;
  return [
    frontier.on === 'folds'
      ? `${tiers.join(' → ')}: fitted on ${draw.fit.length} questions, measured on ${questions} of them in folds, each with policies fitted on the other folds.`
      : `${tiers.join(' → ')}: fitted on ${draw.fit.length} questions, measured on ${questions} others.`,
    ...(leftOutWords.length === 0 ? [] : [`Left out: ${leftOutWords.join('; ')}.`]),
    '',
    ...textTable(
      [
        '',
        'price of quality',
        'cost',
        frontier.measures,
        '95 % interval',
        ...(limit === undefined ? [] : ['passed']),
      ],
      shown.map(({ point, index }) => [
        index === chosen && version !== undefined ? '→' : '',
        point.priceOfQuality === undefined
          ? `always ${tiers.at(-1) ?? ''}`
          : `${point.priceOfQuality.toPrecision(3)} × its cost`,
        point.relativeCost.toFixed(3),
        withMinus(point.loss.value.toFixed(4)),
        `${withMinus(point.loss.lower.toFixed(4))} … ${withMinus(point.loss.upper.toFixed(4))}`,
        // Without a promise there was no test.
        ...(limit === undefined ? [] : [point.certified ? 'yes' : 'no']),
      ]),
    ),
    '',
    ...frontierPicture(points, chosen, {
      measures: frontier.measures,
      ...(limit === undefined ? {} : { limit }),
    }),
    '',
    ...(version === undefined
      ? [why ?? '']
      : [
          promise ?? 'Not certified: this objective promises no quality.',
          ...(Number.isInteger(version.rule.place)
            ? []
            : ['The policy is a random mix of two neighbours on the path; → and ◆ mark the nearer one.']),
          ...costWords(version, tiers, frontier),
        ]),
    ...orderAdvice(solved.ladder.table),
    ...doNotCascade(frontier, solved.ladder.table),
    ...(solved.ladder.rows.length < 200
      ? [
          `It was fitted on only ${solved.ladder.rows.length} questions: expect it to change with more of them.`,
        ]
      : []),
  ];
}

/** A ladder of which no policy costs less than its last tier: that, and the price that would change it. */
function doNotCascade({ points }: Frontier, table: Tuned['solved']['ladder']['table']): string[] {
  const [last = '', first = ''] = [table.tiers.at(-1), table.tiers[0]];
  const own = points.filter(({ priceOfQuality }) => priceOfQuality !== undefined);
  const least = Math.min(...own.map(({ relativeCost }) => relativeCost));
  if (!(least >= 1)) return [];
  const price = firstPrice(table);
  // Every question pays for the first tier: what it costs less comes off as it is.
  const needed = price - (least - 1);
  return [
    `Do not cascade: the cheapest policy of this ladder costs ${percent(least - 1)} more than ${last} alone. ${
      needed > 0
        ? `It would pay if ${first} cost less than ${percent(needed)} of what ${last} does; it costs ${percent(price)}.`
        : `It would not pay if ${first} cost nothing.`
    }`,
  ];
}

function costWords(
  { evidence, certificate }: NonNullable<Tuned['version']>,
  tiers: readonly string[],
  { measures, on }: Pick<Frontier, 'measures' | 'on'>,
): string[] {
  const { relativeCost, loss, lossOfEvery } = evidence;
  if (typeof relativeCost !== 'number' || typeof loss !== 'number') return [];
  const last = tiers.at(-1) ?? '';
  // A loss against answers without scores is not known.
  const quality =
    measures === 'risk'
      ? `. What it loses against ${last} is not known, because ${last}'s answers have no scores`
      : `, and ${lossWords(loss)}`;
  const measured =
    certificate === undefined
      ? 'Measured on questions that it was not fitted on,'
      : 'Measured on the questions that certify it,';
  const where = on === 'folds' ? 'Fitted on four folds and measured on the fifth, each in turn,' : measured;
  return [
    `${where} the policy costs ${percent(relativeCost)} of what always asking ${last} costs, including answers that were not served${quality}.`,
    ...(typeof lossOfEvery === 'number'
      ? [
          `These figures count one question per prompt or conversation. Counting every question, it ${lossWords(lossOfEvery)}.`,
        ]
      : []),
  ];
}

function lossWords(loss: number): string {
  return loss < 0
    ? `gains ${(-loss).toFixed(4)} over its quality`
    : `loses ${loss.toFixed(4)} of its quality`;
}

import type { Frontier } from '../../learning/tuning/report-data.ts';
import type { Tuned } from '../../learning/tuning/tune.ts';
import { frontierPicture } from './frontier-picture.ts';
import { percent, table } from '../common/output.ts';

/** Rows of the frontier's table: enough to see its shape. */
const MOST_ROWS = 12;

/** What tuning found, in words and a table. */
export function describeTuned(
  { frontier, version, draw, solved, why }: Tuned,
  tiers: readonly string[],
): string[] {
  const { points, chosen, questions, limit } = frontier;
  const stride = Math.max(1, Math.ceil(points.length / MOST_ROWS));
  const shown = points.flatMap((point, index) =>
    index % stride === 0 || index === chosen || index === points.length - 1 ? [{ point, index }] : [],
  );
  const promise = version?.certificate?.sentence;
  return [
    frontier.on === 'folds'
      ? `${tiers.join(' → ')}: fitted on ${draw.fit.length} questions, and judged on ${questions} of them by folds, each by policies fitted on the others.`
      : `${tiers.join(' → ')}: fitted on ${draw.fit.length} questions, judged on ${questions} others.`,
    '',
    ...table(
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
        point.loss.value.toFixed(4),
        `${point.loss.lower.toFixed(4)} … ${point.loss.upper.toFixed(4)}`,
        // Without a promise nothing was tested.
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
            : ['It is a random mix of two neighbours on the path; → and ◆ stand at the nearer one.']),
          ...costWords(version, tiers, frontier),
        ]),
    ...(solved.ladder.rows.length < 200
      ? [`${solved.ladder.rows.length} questions to fit on are few: expect this to change with more.`]
      : []),
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
  // What is lost against answers that nobody scored is not known.
  const quality =
    measures === 'risk'
      ? `, and what it loses against ${last} is not known: nobody scored its answers`
      : `, and ${lossWords(loss)}`;
  const judged =
    certificate === undefined ? 'On the questions that were not fitted on' : 'On the questions that certify';
  const where = on === 'folds' ? 'Fitted on four folds and asked the fifth, by turns,' : judged;
  return [
    `${where} it costs ${percent(relativeCost)} of always asking ${last}, everything that is spent on passed-over answers included${quality}.`,
    ...(typeof lossOfEvery === 'number'
      ? [
          `Of questions with one prompt, or of one conversation, one counts there. Where every one counts, it ${lossWords(lossOfEvery)}.`,
        ]
      : []),
  ];
}

function lossWords(loss: number): string {
  return loss < 0
    ? `gains ${(-loss).toFixed(4)} over its quality`
    : `loses ${loss.toFixed(4)} of its quality`;
}

import { dollars } from '../../format/money.ts';
import { positionForBudget, thinPath } from '../fitting/path-position.ts';
import { meanLastCost } from '../fitting/solve-ladder.ts';
import { frontierOf, versionAt, type TuningContext, type Tuned } from './context.ts';

/** A random mix of two neighbouring policies on the path whose cost is the budget. */
export function keepBudget(context: TuningContext, budgetUsd: number): Tuned {
  const { solved, draw, measured, table } = context;
  const lastUsd = meanLastCost(table, draw.certify) / 1e9;
  const position = positionForBudget(
    measured.map(({ relativeCost }) => relativeCost * lastUsd),
    budgetUsd,
  );
  if (position === undefined) {
    const least = Math.min(...measured.map(({ relativeCost }) => relativeCost)) * lastUsd;
    return {
      solved,
      draw,
      frontier: frontierOf(context, 0, 0),
      why: `No policy of this ladder costs as little as $${budgetUsd} a request. The cheapest found costs ${dollars(least)}.`,
    };
  }
  const upper = Math.ceil(position);
  const thinned = thinPath(solved.parts.path, upper, solved.parts.path.length - 1);
  const mix = [
    { point: upper, share: 1 - (upper - position) },
    { point: upper - 1, share: upper - position },
  ];
  return {
    solved,
    draw,
    frontier: frontierOf(context, 0, Math.round(position) + 1),
    version: versionAt(
      context,
      { path: thinned.path, place: thinned.place - (upper - position), furthest: thinned.path.length - 1 },
      mix,
    ),
  };
}

import { positionForBudget, thinPath } from '../fitting/path-position.ts';
import { meanLastCost } from '../fitting/solve-ladder.ts';
import { frontierOf, versionAt, type TuningContext, type Tuned } from './context.ts';

/** A random mix of two neighbours on the path that costs what the budget allows. */
export function keepBudget(context: TuningContext, budgetUsd: number): Tuned {
  const { solved, draw, measured, table } = context;
  const lastUsd = meanLastCost(table, draw.certify) / 1e9;
  const place = positionForBudget(
    measured.map(({ relativeCost }) => relativeCost * lastUsd),
    budgetUsd,
  );
  if (place === undefined) {
    const least = Math.min(...measured.map(({ relativeCost }) => relativeCost)) * lastUsd;
    return {
      solved,
      draw,
      frontier: frontierOf(context, 0, 0),
      why: `No policy of this ladder costs as little as $${budgetUsd} a request: the cheapest found costs $${least.toPrecision(3)}.`,
    };
  }
  const upper = Math.ceil(place);
  const thinned = thinPath(solved.parts.path, upper, solved.parts.path.length - 1);
  const mix = [
    { point: upper, share: 1 - (upper - place) },
    { point: upper - 1, share: upper - place },
  ];
  return {
    solved,
    draw,
    frontier: frontierOf(context, 0, Math.round(place) + 1),
    version: versionAt(
      context,
      { path: thinned.path, place: thinned.place - (upper - place), furthest: thinned.path.length - 1 },
      mix,
    ),
  };
}

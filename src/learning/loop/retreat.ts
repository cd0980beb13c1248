import { pointAt, type PriceRule } from '../../routing/rules/price-rule.ts';
import type { Version } from '../../routing/version.ts';
import { mean, withoutGains } from '../table/measure-rows.ts';
import { measureWorst, type MeasureVersion } from './measure-version.ts';

/**
 * Where to go after audits spoke against the version in force: the laxest stricter policy of its path that the audits since
 * the change do not contradict, with its mean loss below the promise by at least one standard error. No laxer policy is
 * taken again.
 * @param recent rows audited since the change began, or `LOST`. @returns `undefined` if only the last tier is left.
 */
export function retreat(
  version: Version,
  recent: readonly number[],
  measure: MeasureVersion,
): Version | undefined {
  const { objective, place } = version.rule;
  if (!('maxQualityLoss' in objective) || recent.length === 0) return undefined;
  for (let point = Math.ceil(place) - 1; point >= 0; point--) {
    const { losses: signed, relativeCost } = measureWorst(measure, version, recent, point);
    const losses = withoutGains(signed);
    const loss = mean(losses);
    const variance = losses.reduce((sum, each) => sum + (each - loss) ** 2, 1) / (losses.length + 1);
    if (loss + Math.sqrt(variance / losses.length) > objective.maxQualityLoss || !(relativeCost < 1))
      continue;
    return movedTo(version, { place: point, furthest: point }, { rows: recent.length, loss });
  }
  return undefined;
}

/** While the effect of a change is unknown, quality is priced this many times as high. */
const CAUTION = 2;

/**
 * The laxest policy of the path that prices quality {@link CAUTION} times as high; no laxer one is taken again.
 * `undefined` if the path has none.
 */
export function cautiousVersion(version: Version): Version | undefined {
  const { path, place } = version.rule;
  const { priceOfQuality } = pointAt(version.rule, 0);
  const point = path.findLastIndex(
    (each, index) => index < place && each.priceOfQuality >= CAUTION * priceOfQuality,
  );
  return point < 0 ? undefined : movedTo(version, { place: point, furthest: point }, { caution: CAUTION });
}

/** Of the policies that are certified with the version, the one that costs least on these rows; `undefined` if that is the last tier alone. */
export function cheapestCertified(
  version: Version,
  rows: readonly number[],
  measure: MeasureVersion,
): Version | undefined {
  const points = version.rule.path.slice(0, version.rule.furthest + 1);
  const costs = points.map((_, point) => measure(version, rows, point).relativeCost);
  const least = Math.min(...costs);
  if (least >= 1) return undefined;
  const point = costs.indexOf(least);
  return point < 0 || point === version.rule.place
    ? version
    : movedTo(version, { place: point }, { rows: rows.length });
}

function movedTo(version: Version, to: Partial<Pick<PriceRule, 'place' | 'furthest'>>, why: object): Version {
  return {
    ...version,
    rule: { ...version.rule, ...to },
    evidence: { ...version.evidence, moved: why },
  };
}

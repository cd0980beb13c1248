import { pointAt, type PriceRule } from '../../routing/rules/price-rule.ts';
import type { Version } from '../../routing/version.ts';
import { mean } from '../table/measure-rows.ts';
import type { MeasureVersion } from './measure-version.ts';

/**
 * Where to go after audits spoke against what is in force: the laxest stricter policy of its path that the audits since
 * the change do not contradict: mean loss within the promise by more than its standard error. None laxer is taken again.
 * @param recent rows audited since the change began. @returns `undefined` where only the last tier is left.
 */
export function retreat(
  version: Version,
  recent: readonly number[],
  measure: MeasureVersion,
): Version | undefined {
  const { objective, place } = version.rule;
  if (!('maxQualityLoss' in objective) || recent.length === 0) return undefined;
  for (let point = Math.ceil(place) - 1; point >= 0; point--) {
    const { losses, relativeCost } = measure(version, recent, point);
    const loss = mean(losses);
    const variance = losses.reduce((sum, each) => sum + (each - loss) ** 2, 1) / (losses.length + 1);
    if (loss + Math.sqrt(variance / losses.length) > objective.maxQualityLoss || relativeCost >= 1) continue;
    return standAt(version, { place: point, furthest: point }, { rows: recent.length, loss });
  }
  return undefined;
}

/** While it is not known what a change of the traffic did, an answer is served only where it would be at this times the price of quality. */
const CAUTION = 2;

/** The laxest policy of its path that prices quality so much higher, and none laxer from then on; `undefined` where none does. */
export function cautiousVersion(version: Version): Version | undefined {
  const { path, place } = version.rule;
  const { priceOfQuality } = pointAt(version.rule, 0);
  const point = path.findLastIndex(
    (each, index) => index < place && each.priceOfQuality >= CAUTION * priceOfQuality,
  );
  return point < 0 ? undefined : standAt(version, { place: point, furthest: point }, { caution: CAUTION });
}

/** The policy of its path that costs least on these rows, of those that are certified with it. */
export function cheapestCertified(
  version: Version,
  rows: readonly number[],
  measure: MeasureVersion,
): Version {
  const points = version.rule.path.slice(0, version.rule.furthest + 1);
  const costs = points.map((_, point) => measure(version, rows, point).relativeCost);
  const point = costs.indexOf(Math.min(...costs));
  return point < 0 || point === version.rule.place
    ? version
    : standAt(version, { place: point }, { rows: rows.length });
}

function standAt(version: Version, at: Partial<Pick<PriceRule, 'place' | 'furthest'>>, why: object): Version {
  return {
    ...version,
    rule: { ...version.rule, ...at },
    evidence: { ...version.evidence, moved: why },
  };
}

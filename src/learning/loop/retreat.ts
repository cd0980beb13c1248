import type { Version } from '../../routing/version.ts';
import { mean } from '../judge-rows.ts';
import type { JudgeVersion } from './judge-version.ts';

/**
 * Where to go after audits spoke against what is in force: the laxest stricter policy of its path that the audits since
 * the change do not contradict: mean loss within the promise by more than its standard error.
 * @param recent rows audited since the change began. @returns `undefined` where only the last tier is left.
 */
export function retreat(
  version: Version,
  recent: readonly number[],
  judge: JudgeVersion,
): Version | undefined {
  const { objective, place } = version.rule;
  if (!('maxQualityLoss' in objective) || recent.length === 0) return undefined;
  for (let point = Math.ceil(place) - 1; point >= 0; point--) {
    const { losses, relativeCost } = judge(version, recent, point);
    const loss = mean(losses);
    const variance = losses.reduce((sum, each) => sum + (each - loss) ** 2, 1) / (losses.length + 1);
    if (loss + Math.sqrt(variance / losses.length) > objective.maxQualityLoss || relativeCost >= 1) continue;
    return {
      ...version,
      rule: { ...version.rule, path: version.rule.path.slice(0, point + 1), place: point, furthest: point },
      evidence: { ...version.evidence, retreat: { rows: recent.length, loss } },
    };
  }
  return undefined;
}

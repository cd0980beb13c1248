import { percentAtMost } from '../../format/percent.ts';

/** What a certificate claims. */
export interface CertifiedClaim {
  /** What is limited: the mean loss against the last tier, or the share of wrong answers among the accepted ones. */
  readonly promise: 'loss' | 'risk';
  /** The greatest loss δ, or the greatest risk r, 0..1. */
  readonly limit: number;
  /** α, 0..1: how often statements made this way are wrong, at most. */
  readonly level: number;
  /** Where the certify rows came from, in words for a reader. */
  readonly source: string;
  /** When they were gathered: one date, or the first and the last, written YYYY-MM-DD. */
  readonly dates: readonly [string] | readonly [string, string];
  /** How many certify rows there were. */
  readonly rows: number;
  /** Whether one row of each prompt or conversation was counted, and its others left aside. */
  readonly oneOfEach?: boolean;
  /** Rows without a verdict, which count as lost; 0 if not given. */
  readonly unjudged?: number;
  /** Who scored the answers. */
  readonly scorer: string;
  /** The number of folds, if policies were fitted on the rows as well: then the certainty holds in the limit of many labels. */
  readonly folds?: number;
}

/** The sentence that is printed with a certificate. It promises no more than the theorem does; keep its wording. */
export function certificateSentence(claim: CertifiedClaim): string {
  const {
    promise,
    limit,
    level,
    source,
    dates,
    rows,
    scorer,
    oneOfEach = false,
    unjudged = 0,
    folds,
  } = claim;
  const held =
    promise === 'loss'
      ? 'the mean of score(last) − score(served)'
      : 'the share of wrong answers among those accepted';
  const twice =
    folds === undefined
      ? ''
      : `; each label was both fitted on and tested with (${folds} folds): this certainty holds in the limit of many labels, not exactly for few`;
  const lost = unjudged === 0 ? '' : `, ${unjudged} of them without a verdict and counted as lost`;
  return (
    `For requests like [${source}, ${dates.join(' to ')}, ${rows} rows${oneOfEach ? ', one of each prompt or conversation' : ''}${lost}], ${held}, judged by ${scorer}, ` +
    `is at most ${percentAtMost(limit)}; statements made this way are wrong at most ${percentAtMost(level)} of the time${twice}. ` +
    'It promises nothing for one topic, tenant or answer, nor for changed traffic.'
  );
}

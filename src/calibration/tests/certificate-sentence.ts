/** What a certificate speaks of. */
export interface CertifiedClaim {
  /**
   * What is held: the mean loss against the last tier, or the share of wrong answers among the accepted ones.
   */
  readonly promise: 'loss' | 'risk';
  /** The greatest loss δ, or the greatest risk r, 0..1. */
  readonly limit: number;
  /** α, 0..1: how often statements made this way are wrong, at most. */
  readonly level: number;
  /** Where the certify rows came from, as a reader knows it. */
  readonly source: string;
  /** When they were gathered: one date, or the first and the last, written YYYY-MM-DD. */
  readonly dates: readonly [string] | readonly [string, string];
  /** How many there were. */
  readonly rows: number;
  /** Whether of questions with one prompt, or of one conversation, one was counted, and others left aside. */
  readonly oneOfEach?: boolean;
  /** Who judged the answers. */
  readonly scorer: string;
  /** Into so many folds the rows were cut, where policies were fitted on them as well: the certainty is of the limit alone. */
  readonly folds?: number;
}

/** The sentence that is printed with a certificate, promising no more than the theorem does. */
export function certificateSentence(claim: CertifiedClaim): string {
  const { promise, limit, level, source, dates, rows, scorer, oneOfEach = false, folds } = claim;
  const held =
    promise === 'loss'
      ? 'the mean of score(last) − score(served)'
      : 'the share of wrong answers among those accepted';
  const twice =
    folds === undefined
      ? ''
      : `; each label was both fitted on and tested with (${folds} folds): this certainty holds in the limit of many labels, not exactly for few`;
  return (
    `For requests like [${source}, ${dates.join(' to ')}, ${rows} rows${oneOfEach ? ', one of each prompt or conversation' : ''}], ${held}, judged by ${scorer}, ` +
    `is at most ${percent(limit)}; statements made this way are wrong at most ${percent(level)} of the time${twice}. ` +
    'It promises nothing for one topic, tenant or answer, nor for changed traffic.'
  );
}

/** In three digits, rounded up: what is printed is never more than what is held. */
function percent(share: number): string {
  const exact = share * 100;
  const rounded = Number(exact.toPrecision(3));
  // Noise in the last digits of a binary fraction is not a reason to round up.
  if (rounded >= exact * (1 - 1e-9)) return `${rounded} %`;
  return `${Number((rounded + 10 ** (Math.floor(Math.log10(exact)) - 2)).toPrecision(3))} %`;
}

import { certificateSentence } from '../../calibration/tests/certificate-sentence.ts';
import { isCrossFitted, type Certificate } from '../../routing/version.ts';
import { CROSS_FIT_FOLDS } from '../fitting/cross-fit-ladder.ts';

/** A certificate of what was proven, with the sentence that is printed. */
export function certificateOf({
  oneOfEach = false,
  unjudged = 0,
  ...proven
}: Omit<Certificate, 'sentence' | 'dates'> &
  Pick<Parameters<typeof certificateSentence>[0], 'dates' | 'oneOfEach' | 'unjudged'>): Certificate {
  const folds = isCrossFitted(proven) ? { folds: CROSS_FIT_FOLDS } : {};
  const sentence = certificateSentence({ ...proven, oneOfEach, unjudged, ...folds });
  return { ...proven, dates: [...proven.dates], sentence };
}

import { certificateSentence } from '../calibration/certificate-sentence.ts';
import type { Certificate } from '../routing/version.ts';

/** A certificate of what was proven, with the sentence that is printed. */
export function certificateOf({
  oneOfEach = false,
  ...proven
}: Omit<Certificate, 'sentence'> & Parameters<typeof certificateSentence>[0]): Certificate {
  return { ...proven, sentence: certificateSentence({ ...proven, oneOfEach }) };
}

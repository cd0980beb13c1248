export { CUSUM_START, cusumDrift, cusumLimit, cusumStep } from './cusum.ts';
export type { CusumOptions, CusumState } from './cusum.ts';
export { E_DETECTOR_START, eDetectorStep } from './e-detector.ts';
export type { EDetectorOptions, EDetectorState } from './e-detector.ts';
export { PAGE_HINKLEY_START, pageHinkleyLimit, pageHinkleyStep } from './page-hinkley.ts';
export type { PageHinkleyOptions, PageHinkleyState } from './page-hinkley.ts';

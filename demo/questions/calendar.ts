import { DAY_MS, isoDay } from '../../src/format/time.ts';
import { itemAt } from './random.ts';

export const weekdays = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const;
export const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

export const weekdayAfter = (start: number, days: number): string =>
  itemAt(weekdays, (((start + days) % 7) + 7) % 7);
export const monthAfter = (start: number, count: number): string =>
  itemAt(months, (((start + count) % 12) + 12) % 12);

/** Days since 1970-01-01 of a day of the Gregorian calendar; `month` from 0. */
export const dayNumber = (year: number, month: number, day: number): number =>
  Math.round(Date.UTC(year, month, day) / DAY_MS);
export const isoDate = (days: number): string => isoDay(days * DAY_MS);
/** '3 March 2024' */
export function longDate(days: number): string {
  const date = new Date(days * DAY_MS);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** '09:05' for 545 minutes after midnight. */
export const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

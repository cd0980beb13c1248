import {
  clock,
  dayNumber,
  isoDate,
  longDate,
  monthAfter,
  months,
  weekdayAfter,
  weekdays,
} from './calendar.ts';
import { date, exact, number } from './template.ts';
import type { GeneratedGroup } from './template.ts';

export const dates: GeneratedGroup = {
  group: 'dates',
  perTemplate: 10,
  templates: {
    'weekday-tomorrow': (r) => {
      const today = r.int(0, 6);
      const [question, shift] = r.pick([
        ['What day is tomorrow', 1],
        ['What day was yesterday', -1],
        ['What day is the day after tomorrow', 2],
      ] as const);
      return exact(`Today is ${weekdays[today]}. ${question}?`, weekdayAfter(today, shift));
    },
    'weekday-after-days': (r) => {
      const [today, n] = [r.int(0, 6), r.int(8, 45)];
      return exact(
        `If today is ${weekdays[today]}, what day of the week is it in ${n} days?`,
        weekdayAfter(today, n),
      );
    },
    'month-before-or-after': (r) => {
      const [month, n] = [r.int(0, 11), r.pick([1, -1, 2, 3])];
      const wording =
        n === 1 ? 'comes right after' : n === -1 ? 'comes right before' : `is ${n} months after`;
      return exact(`Which month ${wording} ${months[month]}?`, monthAfter(month, n));
    },
    'days-in-month': (r) => {
      const [year, month] = [r.int(1991, 2031), r.int(0, 11)];
      return number(
        `How many days does ${months[month]} ${year} have?`,
        dayNumber(year, month + 1, 1) - dayNumber(year, month, 1),
      );
    },
    'written-to-iso': (r) => {
      const day = dayNumber(r.int(1950, 2030), r.int(0, 11), r.int(1, 28));
      return exact(`Write ${longDate(day)} as YYYY-MM-DD.`, isoDate(day));
    },
    'date-after-days': (r) => {
      const [day, n] = [dayNumber(r.int(2015, 2026), r.int(0, 11), r.int(12, 28)), r.int(6, 24)];
      return date(
        `What is the date ${n} days after ${longDate(day)}? Give day, month and year.`,
        isoDate(day + n),
      );
    },
    'date-before-days': (r) => {
      const [day, n] = [dayNumber(r.int(2015, 2026), r.int(0, 11), r.int(1, 12)), r.int(5, 20)];
      return date(
        `Which date is ${n} days before ${longDate(day)}? Give day, month and year.`,
        isoDate(day - n),
      );
    },
    'days-between': (r) => {
      const [year, month] = [r.int(2018, 2026), r.int(0, 10)];
      const [from, to] = [dayNumber(year, month, r.int(5, 25)), dayNumber(year, month + 1, r.int(2, 25))];
      return number(`How many days after ${longDate(from)} is ${longDate(to)}?`, to - from);
    },
    'clock-after-minutes': (r) => {
      const [start, n] = [r.int(84, 240) * 5, r.int(5, 33) * 5];
      return exact(
        `It is ${clock(start)}. What time is it ${n} minutes later? Use the 24-hour format HH:MM.`,
        clock(start + n),
      );
    },
    'minutes-between-clocks': (r) => {
      const [start, n] = [r.int(84, 220) * 5, r.int(3, 45) * 5];
      return number(`A film runs from ${clock(start)} to ${clock(start + n)}. How many minutes is that?`, n);
    },
    'years-between': (r) => {
      const [born, n] = [r.int(1931, 2009), r.int(13, 79)];
      return number(`A tree was planted in ${born}. How old is it in ${born + n}, in years?`, n);
    },
    'next-weekday-or-month': (r) => {
      const [day, month] = [r.int(0, 6), r.int(0, 11)];
      return r.int(0, 1) === 0
        ? exact(`What day comes after ${weekdayAfter(day, 0)}?`, weekdayAfter(day, 1))
        : exact(`Which month comes after ${monthAfter(month, 0)}?`, monthAfter(month, 1));
    },
    'weekday-that-follows': (r) => {
      const [day, month] = [r.int(0, 6), r.int(0, 11)];
      return r.int(0, 1) === 0
        ? exact(`Which day of the week follows ${weekdayAfter(day, 0)}?`, weekdayAfter(day, 1))
        : exact(`Which month of the year follows ${monthAfter(month, 0)}?`, monthAfter(month, 1));
    },
  },
};

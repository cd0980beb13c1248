/** A judge's verdicts compared with a checker's, as a Markdown table. */
import { clopperPearson } from '../src/calibration/tests/certify.ts';
import type { Interval } from '../src/calibration/tests/interval.ts';
import { meanDifferenceInterval } from '../src/calibration/tests/mean-interval.ts';

/** An answer that a judge compared with the last tier's. */
export interface Compared {
  /** Whether the answer is right, and the last tier's, by the checker. */
  right: boolean;
  lastRight: boolean;
  /** The judge's verdicts on the answer, shown as A and then as B: 0, ½ or 1; null if its reply was no verdict. */
  said: (number | null)[];
  /** The label that an audit would store; null if none. */
  verdict: number | null;
}

/** Shares with 95 % intervals, of the comparisons that came to a verdict. */
export function judgeTable(compared: readonly Compared[]): string {
  const part = (right: boolean, lastRight?: boolean): Compared[] =>
    compared.filter((each) => each.right === right && each.lastRight === (lastRight ?? each.lastRight));
  const known = compared.flatMap(({ verdict, right, lastRight }) =>
    verdict === null ? [] : [{ byJudge: 1 - verdict, byChecker: Number(lastRight) - Number(right) }],
  );
  return [
    '| the checker says | comparisons | good in both orders | wrong in both orders | orders differ | good as A | good as B | no verdict |',
    '|---|---|---|---|---|---|---|---|',
    row('right', part(true)),
    row('right, the other too', part(true, true)),
    row('right, the other wrong', part(true, false)),
    row('wrong', part(false)),
    row('wrong, the other right', part(false, true)),
    row('wrong, the other too', part(false, false)),
    row('all', compared),
    '',
    `Quality lost where the judge was asked: ${mean(known.map(({ byJudge }) => byJudge))} by the judge, ${mean(
      known.map(({ byChecker }) => byChecker),
    )} by the checker.`,
  ].join('\n');
}

function row(name: string, part: readonly Compared[]): string {
  const known = part.filter(({ verdict }) => verdict !== null);
  const share = (is: (each: Compared) => boolean): string => {
    const [k, n] = [known.filter(is).length, known.length];
    return n === 0 ? '' : `${k}: ${figure(k / n)} (${within(clopperPearson(k, n, 0.95))})`;
  };
  return `| ${[
    name,
    part.length,
    share(({ verdict }) => verdict === 1),
    share(({ verdict }) => verdict === 0),
    share(({ said: [asA, asB] }) => asA !== asB),
    share(({ said: [asA] }) => asA === 1),
    share(({ said: [, asB] }) => asB === 1),
    part.length - known.length,
  ].join(' | ')} |`;
}

function mean(values: readonly number[]): string {
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  return `${figure(average)} (${within(meanDifferenceInterval(values))})`;
}

const figure = (value: number): string => value.toFixed(2).replace(/^(-?)0(?=\.)/, '$1');
const within = ({ lower, upper }: Interval): string => `${figure(lower)}–${figure(upper)}`;

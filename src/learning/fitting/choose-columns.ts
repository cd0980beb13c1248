import type { Signals } from '../../routing/attempt.ts';
import { columnValue, type Column } from '../../routing/signals/columns.ts';
import { SIGNALS, signalsOf, type SignalTable } from '../../routing/signals/signals.ts';
import type { Signal } from '../../routing/signals/signal.ts';

/** A column with less spread than this tells nothing. */
const LEAST_SPREAD = 1e-9;
/** Log-odds and log-counts are divided by this, so that a penalty means about the same for every column. */
const LOG_SCALE = 3;
/** Nothing can be learned from a signal in fewer rows than this. */
const LEAST_ROWS = 5;
/**
 * Chooses the columns of a model from the signals in the rows: probabilities and their logarithms as log-odds, counts as
 * logarithms, anything else standardised; and a flag for a signal that some rows lack. The table of signals says which
 * is which; for others their names and values do. A signal that never changes, or that
 * hardly any row has, gets no column. With `bothForms` a probability also gets a column as it is: that often suits what
 * models say about themselves.
 */
export function chooseColumns(
  rows: readonly Signals[],
  { bothForms = false, table = SIGNALS }: { bothForms?: boolean; table?: SignalTable } = {},
): { columns: Column[]; requires: string[] } {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  const known = new Map(signalsOf(table).map((signal) => [signal.name, signal]));
  const columns: Column[] = [];
  const requires: string[] = [];
  for (const signal of [...names].toSorted()) {
    const entry = known.get(signal);
    const same = entry?.sameAs;
    if (same !== undefined && names.has(same)) continue;
    const values = rows.flatMap((row) => {
      const value = row[signal];
      return value !== undefined && Number.isFinite(value) ? [value] : [];
    });
    if (values.length < Math.min(LEAST_ROWS, rows.length)) continue;
    const missing = rows.length - values.length;
    const column = columnOf(signal, values, entry);
    if (column !== undefined) columns.push(column);
    if (bothForms && column?.transform === 'logit') columns.push(plainForm(signal, values));
    if (missing > 0) columns.push({ signal, transform: 'missing', centre: 0, scale: 1 });
    else if (column !== undefined) requires.push(signal);
  }
  return { columns, requires };
}

function columnOf(signal: string, values: readonly number[], entry: Signal | undefined): Column | undefined {
  const transform =
    entry === undefined ? guessTransform(signal, values) : (entry.transform ?? byValues(values));
  const raw = { signal, transform, centre: 0, scale: 1 };
  const transformed = values.map((value) => columnValue(raw, value));
  const centre = transformed.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = Math.sqrt(
    transformed.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length,
  );
  // The spread is infinite if the squares of very large values overflow.
  if (!(spread > LEAST_SPREAD && spread < Infinity)) return undefined;
  switch (transform) {
    case 'logit':
      return { ...raw, scale: LOG_SCALE };
    case 'log1p':
      return { ...raw, centre, scale: LOG_SCALE };
    default:
      return { ...raw, centre, scale: spread };
  }
}

function plainForm(signal: string, values: readonly number[]): Column {
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length);
  return { signal, transform: 'identity', centre, scale: LOG_SCALE * Math.max(spread, LEAST_SPREAD) };
}

/** The transform of a signal that only recordings have: by the ends of its name, else by its values. */
function guessTransform(signal: string, values: readonly number[]): Exclude<Column['transform'], 'missing'> {
  if (signal.endsWith('Logprob')) return 'logit-exp';
  if (/(?:Tokens|Words)$/.test(signal)) return 'log1p';
  return byValues(values);
}

function byValues(values: readonly number[]): 'logit' | 'identity' {
  const isProbability =
    values.every((value) => value >= 0 && value <= 1) && values.some((value) => value > 0 && value < 1);
  return isProbability ? 'logit' : 'identity';
}

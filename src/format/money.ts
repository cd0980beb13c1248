/** US dollars for people: three significant digits, at least cents, no exponent: `$0.0403`, `−$1.25`, `$1,234.50`. */
export function dollars(usd: number): string {
  const amount = Math.abs(usd);
  const digits = amount === 0 ? 2 : Math.min(12, Math.max(2, 2 - Math.floor(Math.log10(amount))));
  const sign = usd < 0 ? '−' : '';
  // Every decision of a tuned route writes several amounts, all of them small.
  if (amount < 999) return `${sign}$${amount.toFixed(digits)}`;
  const [whole = '', cents = ''] = amount.toFixed(digits).split('.');
  return `${sign}$${whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')}.${cents}`;
}

/** {@link dollars} of integer nano-dollars. */
export function nanoDollars(nano: number): string {
  return dollars(nano / 1e9);
}

/** US dollars for programs, every digit and no exponent: 1,300 nano-dollars are `0.0000013`. */
export function plainUsd(nano: number): string {
  return (nano / 1e9).toFixed(9).replace(/\.?0+$/, '');
}

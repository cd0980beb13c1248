/** A number's text with a real minus sign; a zero has none, and neither has what rounds to zero. */
export function withMinus(text: string): string {
  return text.replace(/^-(?=[0.]*$)/, '').replace(/^-/, '−');
}

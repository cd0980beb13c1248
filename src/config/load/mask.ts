/**
 * In a flow map (`{ apiKey: ${KEY} }`) the braces of a reference would end the map. Before YAML reads the file
 * they are replaced by private-use characters, one for one, so that every line and column stays what it is.
 */
const OPEN = '\uE000';
const CLOSE = '\uE001';

export function masked(text: string): string {
  return text.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*(?::-[^{}\n]*)?)\}/g, `$$${OPEN}$1${CLOSE}`);
}

export function unmasked(text: string): string {
  return text.replaceAll(new RegExp(`\\$${OPEN}([^${OPEN}${CLOSE}]*)${CLOSE}`, 'g'), '${$1}');
}

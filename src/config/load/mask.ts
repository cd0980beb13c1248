/**
 * In a flow map (`{ apiKey: ${KEY} }`) the braces of a variable would end the map. Before YAML reads the file, they are
 * replaced by private-use characters, one for one, so that no line or column changes.
 */
const OPEN = '\uE000';
const CLOSE = '\uE001';

export function masked(text: string): string {
  return text.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*(?::-[^{}\n]*)?)\}/g, `$$${OPEN}$1${CLOSE}`);
}

export function unmasked(text: string): string {
  return text.replaceAll(new RegExp(`\\$${OPEN}([^${OPEN}${CLOSE}]*)${CLOSE}`, 'g'), '${$1}');
}

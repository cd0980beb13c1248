import { basename } from 'node:path';

const MAX_LENGTH = 100;

/** If a server names a model by the path of its file, use the file's name without its extension. */
function shortName(id: string): string {
  const file = /\.gguf$/i.test(id) ? basename(id.replaceAll('\\', '/')).slice(0, -'.gguf'.length) : id;
  return file
    .replaceAll(/[^A-Za-z0-9._:/@+-]+/g, '-')
    .slice(0, MAX_LENGTH)
    .replaceAll(/^[^A-Za-z0-9]+|-+$/g, '');
}

/** Makes a server's name for a model fit for the configuration, and different from the names taken. */
export function usableName(id: string, taken: ReadonlySet<string>): string {
  const name = shortName(id) === '' ? 'model' : shortName(id);
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name}-${number}`)) number++;
  return `${name}-${number}`;
}

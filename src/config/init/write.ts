import { renameSync, writeFileSync } from 'node:fs';
import { Document, isMap, isScalar, visit } from 'yaml';
import type { ConfigInput } from '../schema/schema.ts';

const HEADER = ` Weir's configuration. Every key: docs/configuration.md. After a change: weir check.
 \${NAME} is taken from the environment.`;

/** Comments above keys, by path; \`*\` stands for each name. */
const COMMENTS: Readonly<Record<string, string>> = {
  upstreams:
    ' Servers that speak the OpenAI API. `location` says whether what is sent there stays in the house.',
  models:
    ' Models, by names of your own. `price: { input: …, output: … }` in USD per million tokens: without one,\n the catalogue knows those of the large providers; a cost that is not known is not shown.',
  routes: ' Ladders, cheapest first. Clients name a route, a model, or a name that a route serves.',
  'routes.*.serves': ' Any name that a client sends.',
  'routes.*.objective':
    ' The least confidence that is served, one for each tier but the last; not certified.',
};

function commentFor(path: readonly string[]): string | undefined {
  const pattern = path.map((part, index) => (index === 1 ? '*' : part)).join('.');
  return COMMENTS[pattern];
}

/** A readable `weir.yaml` of a configuration, which `loadConfig` accepts. */
export function renderConfig(config: ConfigInput): string {
  const document = new Document(config);
  document.commentBefore = HEADER;
  const first = isMap(document.contents) ? document.contents.items[0] : undefined;
  visit(document, {
    Pair(_, pair, ancestors) {
      if (!isScalar(pair.key)) return;
      const parents = ancestors.flatMap((node) =>
        typeof node === 'object' && 'key' in node && isScalar(node.key) ? [String(node.key.value)] : [],
      );
      const path = [...parents, String(pair.key.value)];
      const comment = commentFor(path);
      if (comment !== undefined) pair.key.commentBefore = comment;
      if (parents.length === 0 && pair !== first) pair.key.spaceBefore = true;
      // One line for each server and model: the file stays as short as its ideas.
      if (isMap(pair.value) && (path.length > 2 || (path.length === 2 && path[0] === 'models')))
        pair.value.flow = true;
    },
    Seq(_, list) {
      list.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/**
 * Writes the file whole or not at all.
 * @returns false where a file is there already and `force` was not said.
 * @throws where the folder cannot be written to.
 */
export function writeConfig(path: string, text: string, { force }: { force: boolean }): boolean {
  if (force) {
    const draft = `${path}.${process.pid}.tmp`;
    writeFileSync(draft, text, { flag: 'wx' });
    renameSync(draft, path);
    return true;
  }
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

import { renameSync, writeFileSync } from 'node:fs';
import { Document, isMap, isScalar, visit } from 'yaml';
import { CALLED_AS } from '../../format/command-line.ts';
import type { ConfigInput } from '../schema/schema.ts';

const HEADER = ` Weir's configuration. docs/configuration.md explains every key. After a change, run: ${CALLED_AS} check
 \${NAME} is replaced by the environment variable NAME.`;

/** Comments above keys, by path; \`*\` stands for any name. */
const COMMENTS: Readonly<Record<string, string>> = {
  upstreams: ' Model servers. `location` says whether data sent there stays on your premises.',
  models:
    ' Models, under names of your choice. `price: { input: …, output: … }` is in US dollars per million tokens. Without it,\n Weir uses the list price of the large cloud providers; a cost that is not known is not shown.\n `maxOutputTokens` keeps a small model that rambles from holding a request: the answer is cut, and the next tier is asked.',
  routes:
    ' Ladders of models, cheapest first. Clients ask for a route, a model, or a name that a route serves.',
  'routes.*.serves': ' Model names that clients send; `*` is any name.',
  'routes.*.objective': ' The lowest confidence to serve, one for each tier but the last. Not certified.',
};

function commentFor(path: readonly string[]): string | undefined {
  const pattern = path.map((part, index) => (index === 1 ? '*' : part)).join('.');
  return COMMENTS[pattern];
}

/** Writes a configuration as a readable `weir.yaml` that `loadConfig` accepts. */
export function renderConfig(
  config: ConfigInput,
  /** Further comments, each above the key at a path such as `models.small`. */
  comments: Readonly<Record<string, string>> = {},
): string {
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
      const comment = comments[path.join('.')] ?? commentFor(path);
      if (comment !== undefined) pair.key.commentBefore = comment;
      if (parents.length === 0 && pair !== first) pair.key.spaceBefore = true;
      // One line per server and model keeps the file short.
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
 * Writes the file completely or not at all.
 * @returns false if the file exists and `force` is not set.
 * @throws if the folder cannot be written to.
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

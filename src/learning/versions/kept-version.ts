import { defined } from '../../defined.ts';
import { versionHash, versionSchema, type Version } from '../../routing/version.ts';
import type { Stamp, VersionRow, VersionStore } from '../../store/contract/version-rows.ts';

/** The store's row of a version. @param parent hash of the version that is in force now. */
export function toVersionRow(version: Version, { by, atMs }: Stamp, parent?: string): VersionRow {
  const { route, rule, certificate } = version;
  return {
    hash: versionHash(version),
    route,
    objective: JSON.stringify(rule.objective),
    ...defined({ certificate: certificate && JSON.stringify(certificate), parent }),
    createdBy: by,
    createdAtMs: atMs,
    content: JSON.stringify(version),
  };
}

/**
 * Stores a version as a candidate, with the one in force on its route as its parent.
 * @returns its hash, and whether it is new. @throws {WeirError} store_unavailable
 */
export async function keepVersion(
  store: Pick<VersionStore, 'saveVersion' | 'activeVersions'>,
  version: Version,
  stamp: Stamp,
): Promise<{ hash: string; isNew: boolean }> {
  const parent = (await store.activeVersions()).get(version.route);
  const row = toVersionRow(version, stamp, parent);
  return { hash: row.hash, isNew: await store.saveVersion(row) };
}

/**
 * The version in a row. The content is accepted only if it has the row's hash.
 * @returns `problem`, a sentence without its full stop, where another release of Weir made it, or it was changed.
 */
export function readVersion({
  hash,
  content,
}: Pick<VersionRow, 'hash' | 'content'>): { version: Version } | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return { problem: `version ${hash} is not valid JSON` };
  }
  const parsed = versionSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? 'it' : issue.path.map(String).join('.');
    return {
      problem: `this release of Weir cannot read version ${hash} (${where}: ${issue?.message ?? 'unknown'}); make a new version`,
    };
  }
  const found = versionHash(parsed.data);
  return found === hash
    ? { version: parsed.data }
    : { problem: `version ${hash} was changed after it was made: its content has the hash ${found}` };
}

import { versionHash, versionSchema, type Version } from '../../routing/version.ts';
import type { Hand, VersionRow, VersionStore } from '../../store/contract/version-rows.ts';

/** A version as the store takes it. @param parent hash of the version that is in force now. */
export function toVersionRow(version: Version, { by, atMs }: Hand, parent?: string): VersionRow {
  const { route, rule, certificate } = version;
  return {
    hash: versionHash(version),
    route,
    objective: JSON.stringify(rule.objective),
    ...(certificate === undefined ? {} : { certificate: JSON.stringify(certificate) }),
    ...(parent === undefined ? {} : { parent }),
    createdBy: by,
    createdAtMs: atMs,
    content: JSON.stringify(version),
  };
}

/**
 * Keeps a version as a candidate, with the one in force on its route as its parent.
 * @returns its hash, and whether it was not there yet. @throws {WeirError} store_unavailable
 */
export async function keepVersion(
  store: Pick<VersionStore, 'saveVersion' | 'activeVersions'>,
  version: Version,
  hand: Hand,
): Promise<{ hash: string; isNew: boolean }> {
  const parent = (await store.activeVersions()).get(version.route);
  const row = toVersionRow(version, hand, parent);
  return { hash: row.hash, isNew: await store.saveVersion(row) };
}

/**
 * The version that a row holds; or in a sentence why it holds none: it was made by another Weir, or somebody changed it.
 * The content speaks for itself, so it is believed only where it is what its hash says.
 */
export function readVersion({
  hash,
  content,
}: Pick<VersionRow, 'hash' | 'content'>): { version: Version } | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return { problem: `version ${hash} is not whole JSON` };
  }
  const parsed = versionSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? 'it' : issue.path.map(String).join('.');
    return {
      problem: `version ${hash} cannot be read by this Weir (${where}: ${issue?.message ?? 'unknown'}); make it anew`,
    };
  }
  const found = versionHash(parsed.data);
  return found === hash
    ? { version: parsed.data }
    : { problem: `version ${hash} was changed after it was made: its content has the hash ${found}` };
}

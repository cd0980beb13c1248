/** Planned keys that a file may already use. They are refused by name: ignoring them would look like support. */
const NOT_BUILT: Readonly<Record<string, string>> = {
  tenants: 'for now, all API keys belong to the tenant `default`; leave it out',
};

/** Why a planned key is refused; undefined for any other key. */
export function notBuilt(path: readonly PropertyKey[]): string | undefined {
  const here = path.map(String);
  const known = Object.entries(NOT_BUILT).find(([pattern]) => {
    const parts = pattern.split('.');
    return parts.length === here.length && parts.every((part, index) => part === '*' || part === here[index]);
  });
  return known === undefined ? undefined : `this is not supported yet: ${known[1]}`;
}

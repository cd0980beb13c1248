/** Parts of the design that a file may already ask for: refused by name, for silence would be a promise. */
const NOT_BUILT: Readonly<Record<string, string>> = {
  tenants: 'all keys belong to the tenant `default` for now; leave it out',
};

/** Why a key of the design is refused; undefined for keys that no design has. */
export function notBuilt(path: readonly PropertyKey[]): string | undefined {
  const here = path.map(String);
  const known = Object.entries(NOT_BUILT).find(([pattern]) => {
    const parts = pattern.split('.');
    return parts.length === here.length && parts.every((part, index) => part === '*' || part === here[index]);
  });
  return known === undefined ? undefined : `this is not built yet: ${known[1]}`;
}

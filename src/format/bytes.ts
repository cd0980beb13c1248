const MEGABYTE = 1_000_000;

/** A size for people, in megabytes: `0.2 MB`, `2,345 MB`. */
export function megabytes(bytes: number): string {
  return `${(bytes / MEGABYTE).toLocaleString('en-US', { maximumFractionDigits: bytes < 10 * MEGABYTE ? 1 : 0 })} MB`;
}

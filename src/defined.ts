/** `T` whose members that may be undefined are optional instead. */
type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * The members that have a value. An optional member is absent or has a value; it is never present and undefined.
 * On the path of every request assign members one by one instead: that is faster.
 */
export function defined<T extends object>(members: T): Defined<T> {
  const kept = Object.entries(members).filter(([, value]) => value !== undefined);
  // Which members are left is known only at run time.
  return Object.fromEntries(kept) as Defined<T>;
}

/** A member of something that may be no object; `undefined` where it has none. */
export function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, key) as unknown) : undefined;
}

import { userInfo } from 'node:os';
import { unusable } from './exit.ts';

/** Who does something, for the record, where no other name is given. @throws {CommandError} */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    throw unusable('Your login name could not be read. Give a name with --by NAME.');
  }
}

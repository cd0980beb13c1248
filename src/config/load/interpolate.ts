/** The environment: variable name → value. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Interpolated {
  text: string;
  /** A value of the environment is in the text: it may be a credential, and is not shown. */
  fromEnvironment: boolean;
  /** Sentences about variables that are not set, or references that cannot be read. */
  problems: string[];
}

const REFERENCE = /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})?/g;

/**
 * `${NAME}` becomes the variable's value; `${NAME:-text}` the text where the variable is unset or empty, as in a
 * POSIX shell; `$${` stands for `${` itself. Values are not looked through again.
 */
export function interpolate(source: string, environment: Environment): Interpolated {
  const problems: string[] = [];
  let fromEnvironment = false;
  const text = source.replaceAll(
    REFERENCE,
    (match, name: string | undefined, fallback: string | undefined) => {
      if (match === '$${') return '${';
      if (name === undefined) {
        problems.push(
          "a '${' must go on with a variable's name and a '}', as in '${OPENAI_API_KEY}'; write '$${' for the characters themselves",
        );
        return '';
      }
      const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
      if (value !== undefined && (value !== '' || fallback === undefined)) {
        fromEnvironment = true;
        return value;
      }
      if (fallback === undefined)
        problems.push(`the environment variable ${name} is not set; set it, or write \${${name}:-default}`);
      return fallback ?? '';
    },
  );
  return { text, fromEnvironment, problems };
}

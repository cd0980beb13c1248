/** The environment: variable name → value. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Interpolated {
  text: string;
  /** The text contains a value of the environment, so it may be a credential and is never shown. */
  fromEnvironment: boolean;
  /** Variables that are not set, and references that cannot be read. */
  problems: string[];
}

const REFERENCE = /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})?/g;

/**
 * `${NAME}` becomes the variable's value; `${NAME:-text}` the text where the variable is unset or empty, as in a
 * POSIX shell; `$${` stands for `${` itself. References inside a variable's value are not resolved.
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
          "'${' must be followed by a variable name and '}', as in '${OPENAI_API_KEY}'; write '$${' for a literal '${'",
        );
        return '';
      }
      const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
      if (value !== undefined && (value !== '' || fallback === undefined)) {
        fromEnvironment = true;
        return value;
      }
      if (fallback === undefined)
        problems.push(
          `the environment variable ${name} is not set; set it, or give it a default: \${${name}:-default}`,
        );
      return fallback ?? '';
    },
  );
  return { text, fromEnvironment, problems };
}

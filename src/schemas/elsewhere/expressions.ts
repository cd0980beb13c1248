import formats from 'ajv-formats/dist/formats.js';
import type { Expressions, TextTest } from '../keywords/reading.ts';

/** Escapes that mean something else, or nothing, without the `u` flag. */
const UNICODE_ESCAPE = /\\[uUpPkc]/;
const ASCII_ONLY = /^\p{ASCII}*$/u;
const SURROGATE = /[\ud800-\udfff]/;

/**
 * Patterns and formats, for the process of its own.
 *
 * @param onUnbounded told where a pattern is one of those that the engine cannot search in linear time: with a look-around or a
 * back-reference, for example.
 */
export function createExpressions(onUnbounded: () => void): Expressions {
  return {
    pattern(source) {
      const { test, isLinear } = readPatternSource(source);
      if (!isLinear) onUnbounded();
      return test;
    },
    format(name) {
      const found = Object.hasOwn(formats.fullFormats, name)
        ? Reflect.get(formats.fullFormats, name)
        : undefined;
      return found === undefined ? undefined : readFormatTest(found as Format);
    },
  };
}

/**
 * JSON Schema's patterns are those of the `u` flag, which the engine's linear search does not know. Where a pattern and a text
 * mean the same without it, it is left away; a pattern that is none with it is taken as it is written in most languages.
 */
function readPatternSource(source: string): { test: TextTest; isLinear: boolean } {
  const strict = compiled(source, 'u');
  if (strict !== undefined && (UNICODE_ESCAPE.test(source) || !ASCII_ONLY.test(source))) {
    return { test: (text) => strict.test(text), isLinear: false };
  }
  const plain = new RegExp(source);
  return {
    test: (text) => (strict !== undefined && SURROGATE.test(text) ? strict : plain).test(text),
    isLinear: compiled(source, 'l') !== undefined,
  };
}

/** `undefined` where the engine does not take the pattern with the flag. */
function compiled(source: string, flag: string): RegExp | undefined {
  try {
    return new RegExp(source, flag);
  } catch {
    return undefined;
  }
}

type Format = (typeof formats.fullFormats)[keyof typeof formats.fullFormats];
type FormatTest = ReturnType<Expressions['format']>;

/** A format's definition as the package writes it: an expression, a function, or an object with one. */
function readFormatTest(format: Format): FormatTest {
  if (format instanceof RegExp) return { text: (text) => format.test(text) };
  if (typeof format === 'function') return { text: (text) => format(text) };
  if (typeof format !== 'object') return undefined;
  const { validate, type } = format;
  if (type === 'number') {
    return typeof validate === 'function'
      ? { number: (value) => Boolean(validate(value as never)) }
      : undefined;
  }
  if (validate instanceof RegExp) return { text: (text) => validate.test(text) };
  return typeof validate === 'function' ? { text: (text) => Boolean(validate(text as never)) } : undefined;
}

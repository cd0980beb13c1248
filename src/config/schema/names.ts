import { z } from 'zod';

/**
 * Names of upstreams, models and routes: they stand in response headers and in metrics, so only
 * characters that are safe there.
 */
export const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$/,
    'a name begins with a letter or a digit, and goes on with letters, digits and . _ : / @ + - (at most 128 characters)',
  );

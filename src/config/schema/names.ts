import { z } from 'zod';

/**
 * Names of upstreams, models and routes. They appear in response headers and metrics, so only characters that are safe
 * there are allowed.
 */
export const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$/,
    'a name must begin with a letter or a digit and may contain letters, digits and . _ : / @ + - (at most 128 characters)',
  );

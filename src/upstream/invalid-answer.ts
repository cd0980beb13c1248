/** An answer came, and cannot be used. */
export class InvalidAnswer extends Error {
  readonly code: 'upstream_invalid_response' | 'upstream_error';
  constructor(message: string, code: InvalidAnswer['code'] = 'upstream_invalid_response') {
    super(message);
    this.name = 'InvalidAnswer';
    this.code = code;
  }
}

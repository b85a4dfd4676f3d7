/** Every error code that leaves the server. Clients switch on these; the reference lists each of them. */
export const errorCodes = {
  invalid_input: 'The request is malformed or breaks a rule of its schema.',
  unauthenticated: 'No valid credentials came with the request.',
  second_factor_required:
    'The password was right; the second step is missing (details.challenge, details.methods).',
  step_up_required: 'This needs a recent confirmation that it is you: POST /session/proof, then ask again.',
  forbidden: 'The credentials are valid but do not permit this.',
  not_found: 'Nothing is there, or nothing that these credentials may see.',
  conflict: 'The name is taken, or the state does not allow the change.',
  precondition_failed: 'A condition of the request (ETag, revision, date) does not hold.',
  locked: 'A lock held by somebody else forbids the change.',
  quota_exceeded: 'The quota does not leave room for these bytes.',
  storage_full: 'The disk or bucket behind the server is full.',
  too_large: 'The body is larger than the server takes.',
  range_not_satisfiable: 'The asked range lies outside the content.',
  checksum_mismatch: 'The bytes that arrived do not have the stated hash.',
  incomplete_body: 'The body ended before its stated length.',
  unsupported: 'The server does not offer this.',
  unsupported_media_type: 'The content type of the body is not taken here.',
  too_many_requests: 'Too many attempts: wait as long as Retry-After says.',
  gone: 'It was here and has expired or been removed for good.',
  setup_required: 'The server has not been set up yet.',
  read_only: 'The server is being moved: it can be read, not changed; try again later.',
  unavailable: 'A store that is needed cannot be reached now; try again.',
  timeout: 'It took longer than it may.',
  aborted: 'The client went away or the server is stopping.',
  corrupt: 'Stored data does not match its hash or format.',
  internal: 'A fault of the server; the log has more under the request id.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

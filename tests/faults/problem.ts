import assert from 'node:assert/strict';

export interface SeenProblem {
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The problem document of an answer; of WebDAV its error element. */
export async function problemOf(response: Response): Promise<SeenProblem> {
  const text = await response.text();
  const element = /<V:code>(\w+)<\/V:code>/.exec(text);
  if (element?.[1] !== undefined) return { status: response.status, code: element[1] };
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/, text);
  return JSON.parse(text) as SeenProblem;
}

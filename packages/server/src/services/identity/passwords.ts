/** argon2id with bounded concurrency. An unknown user costs the same verification as a known one. */
import { hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';
import { AppError } from '../../kernel/errors.ts';
import { newSessionSecret } from './secrets.ts';

export interface PasswordEngine {
  hash(password: string): Promise<string>;
  verify(stored: string, password: string): Promise<boolean>;
  /** Whether it was made with other parameters than new ones are. */
  outdated?(stored: string): boolean;
}

/** OWASP's second choice: 19 MiB, two passes, one lane; argon2id is the library's default. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const parameters = `$argon2id$v=19$m=${cost.memoryCost},t=${cost.timeCost},p=${cost.parallelism}$`;

export const argon2: PasswordEngine = {
  hash: (password) => hash(password, cost),
  verify: (stored, password) => verify(stored, password),
  outdated: (stored) => !stored.includes(parameters),
};

const atOnce = 2;
/** More waiting than this would be answered after their clients gave up. */
const mayWait = 200;

export class Passwords {
  readonly #engine: PasswordEngine;
  readonly #limit = pLimit(atOnce);
  readonly #dummy: string;

  private constructor(engine: PasswordEngine, dummy: string) {
    this.#engine = engine;
    this.#dummy = dummy;
  }

  static async create(engine: PasswordEngine): Promise<Passwords> {
    return new Passwords(engine, await engine.hash(newSessionSecret()));
  }

  hash(password: string): Promise<string> {
    this.#checkQueue();
    return this.#limit(this.#engine.hash, password);
  }

  /** `stored: null`: nobody by that name; takes as long, and is never right. */
  async verify(stored: string | null, password: string): Promise<boolean> {
    this.#checkQueue();
    const right = await this.#limit(this.#engine.verify, stored ?? this.#dummy, password);
    return right && stored !== null;
  }

  outdated(stored: string): boolean {
    return this.#engine.outdated?.(stored) ?? false;
  }

  #checkQueue(): void {
    if (this.#limit.pendingCount < mayWait) return;
    throw new AppError('too_many_requests', 'too many log-ins at once', {
      details: { retryAfter: 1 },
      retryable: true,
    });
  }
}

/** What must go with a person's credentials but is kept by other services: apps that hold tokens of our provider. */
import { Hooks } from './hooks.ts';

export class Endings extends Hooks<[userId: string]> {}

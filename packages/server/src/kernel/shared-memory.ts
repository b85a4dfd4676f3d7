/**
 * State of the memory drivers: `memory:` gives every open a state of its own, `memory:name` shares one between all opens
 * of this process (two nodes in one test). A shared state lives as long as the process.
 */
export function sharedMemory<State>(create: () => State): (name: string) => State {
  const states = new Map<string, State>();
  return (name) => {
    if (name === '') return create();
    const found = states.get(name);
    if (found !== undefined) return found;
    const made = create();
    states.set(name, made);
    return made;
  };
}

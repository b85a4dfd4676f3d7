/** How hard a password is to guess, 0 to 4: a hint for people, not a rule (the server has the rule). */
export function passwordStrength(password: string): 0 | 1 | 2 | 3 | 4 {
  if (password.length === 0) return 0;
  const alphabets = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(password)).length;
  const distinct = new Set(password.toLowerCase()).size;
  const size = [1, 26, 40, 62, 80][alphabets] ?? 80;
  const repeated = /^(.{1,4})\1+$/.test(password) || isRun(password);
  const bits = (repeated ? 0.3 : 1) * Math.min(password.length, distinct * 1.6) * Math.log2(size);
  if (bits < 28) return 1;
  if (bits < 48) return 2;
  return bits < 68 ? 3 : 4;
}

/** "abcdefgh", "87654321": each character one step from the last. */
function isRun(text: string): boolean {
  const steps = new Set<number>();
  for (let index = 1; index < text.length; index++)
    steps.add(text.charCodeAt(index) - text.charCodeAt(index - 1));
  return text.length > 3 && steps.size === 1;
}

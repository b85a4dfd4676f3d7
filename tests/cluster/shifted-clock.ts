/** Loaded before everything else in a node whose wall clock is to be wrong: no code of it sees the right time. */
const aheadMs = Number(process.env['VOLVOX_TEST_CLOCK_AHEAD'] ?? 0);
const RealDate = Date;
const now = (): number => RealDate.now() + aheadMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: ConstructorParameters<DateConstructor> | []) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args) as object,
  apply: () => new RealDate(now()).toString(),
  get: (target, key, receiver) => (key === 'now' ? now : (Reflect.get(target, key, receiver) as unknown)),
});

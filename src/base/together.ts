/** Things that come one by one in a turn of the event loop, to be dealt with together at its end. */

/** Each turn's things in the order in which they came. `deal` must not throw. */
export function together<Thing>(deal: (things: readonly Thing[]) => void): (thing: Thing) => void {
  let waiting: Thing[] = [];
  const dealWithAll = () => {
    const things = waiting;
    waiting = [];
    deal(things);
  };
  return (thing) => {
    if (waiting.push(thing) === 1) setImmediate(dealWithAll);
  };
}

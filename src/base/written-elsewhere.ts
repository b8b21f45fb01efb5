/** How a process that only reads says that something is to be done by another. */

/** Another process of this server writes: what wanted to is to be done there, from its beginning. */
export class WrittenElsewhere extends Error {
  override readonly name = 'WrittenElsewhere';

  constructor() {
    super('This process only reads the store.');
  }
}

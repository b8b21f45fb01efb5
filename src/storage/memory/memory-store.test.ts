import { storeContract } from '#test/harness/store-contract.ts';
import { MemoryStore } from './memory-store.ts';

storeContract('the in-memory store', async () => {
  const store = new MemoryStore();
  return { store, [Symbol.asyncDispose]: () => store.close() };
});

/** External test vectors, which lie beside the project and are not part of it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors');

/** Where the vectors are, or undefined where they are not on this machine. */
export function vectorFolder(): string | undefined {
  return existsSync(folder) ? folder : undefined;
}

/** The text of a vector file, or undefined, said in one line, where it is not on this machine. */
export function vectorFile(name: string): string | undefined {
  const path = join(folder, name);
  if (existsSync(path)) return readFileSync(path, 'utf8');
  process.stdout.write(`note: ${name} is not on this machine; only the cases written down in the project are run\n`);
  return undefined;
}

/** Programs that speak to AWS, as they are installed on this machine, pointed at a server by the two files alone. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with nothing of AWS in its environment but the two files of a data directory. */
export async function runClient(data: string, program: string, args: readonly string[]): Promise<Ran> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  const env = {
    ...Object.fromEntries(inherited),
    AWS_CONFIG_FILE: join(data, 'aws', 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(data, 'aws', 'credentials'),
  };
  try {
    const { stdout, stderr } = await execute(program, args, { env, timeout: 60_000 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code = 1, stdout = '', stderr = '' } = error as Partial<Ran>;
    return { code: Number(code), stdout, stderr };
  }
}

/** Whether a program runs here; where it does not, the test says so in one line. */
export async function isInstalled(program: string, args: readonly string[]): Promise<boolean> {
  const isThere = await execute(program, args, { timeout: 120_000 }).then(
    () => true,
    (error: NodeJS.ErrnoException & { killed?: boolean }) => {
      if (error.killed) throw error; // too slow to answer is not the same as not there
      return false;
    },
  );
  if (!isThere)
    process.stdout.write(`note: "${[program, ...args].join(' ')}" does not run here; its tests are not run\n`);
  return isThere;
}

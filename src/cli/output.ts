/** How commands print what they did: a line for people, or a JSON value for scripts. */

export const jsonFlag = ['--json', 'print the result as JSON'] as const;

export interface Output {
  readonly json?: boolean;
}

export function print(json: boolean | undefined, result: unknown, text: string): void {
  process.stdout.write(`${json === true ? JSON.stringify(result) : text}\n`);
}

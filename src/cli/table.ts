/** Tables for people: columns of their own width, numbers on the right. */

export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
}

/** Lines without trailing blanks. What somebody chose to be called cannot break them. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => row.map(printable))];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines
    .map((line) => columns.map(({ isNumber }, at) => padded(line[at] ?? '', widths[at] ?? 0, isNumber)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

function padded(text: string, width: number, isNumber = false): string {
  return isNumber ? text.padStart(width) : text.padEnd(width);
}

function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd');
}

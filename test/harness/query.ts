/**
 * A client's side of the AWS Query protocol, for tests: parameters out of plain objects, answers back into them. Written from
 * the protocol's description, sharing nothing with src/protocol/aws-query.
 */

export type Parameters = Readonly<Record<string, unknown>>;

/** A form body: lists become `Name.member.1`, structures `Name.Member`, an empty list a name without a value. */
export function formOf(action: string, version: string, parameters: Parameters): string {
  const pairs: [string, string][] = [
    ['Action', action],
    ['Version', version],
  ];
  for (const [name, value] of Object.entries(parameters)) add(pairs, name, value);
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
}

function add(pairs: [string, string][], name: string, value: unknown): void {
  if (value === undefined) return;
  if (Array.isArray(value)) {
    if (value.length === 0) pairs.push([name, '']);
    value.forEach((item, index) => {
      add(pairs, `${name}.member.${index + 1}`, item);
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const [member, held] of Object.entries(value)) add(pairs, `${name}.${member}`, held);
  } else {
    pairs.push([name, String(value)]);
  }
}

/** XML as objects: an element with nothing but `member` elements is a list, one without elements its text. */
// biome-ignore lint/suspicious/noExplicitAny: tests look at answers of every shape
export function readXml(text: string): any {
  const tokens = text.match(/<[^>]+>|[^<]+/g) ?? [];
  let at = 0;
  const content = (): unknown => {
    const children: [string, unknown][] = [];
    let own = '';
    while (at < tokens.length) {
      const token = tokens[at++] ?? '';
      if (token.startsWith('</')) break;
      if (!token.startsWith('<')) own += plainText(token);
      else if (token.endsWith('/>')) children.push([token.slice(1, -2).split(' ')[0] ?? '', '']);
      else children.push([token.slice(1, -1).split(' ')[0] ?? '', content()]);
    }
    if (children.length === 0) return own;
    if (children.every(([name]) => name === 'member')) return children.map(([, value]) => value);
    return Object.fromEntries(children);
  };
  return content();
}

function plainText(text: string): string {
  return text
    .replace(/&#x([0-9A-F]+);/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

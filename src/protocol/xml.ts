/** XML as answers of AWS services have it: elements without attributes. Source: XML 1.0 (Fifth Edition), 2.2 and 2.4. */

/** `content` is XML already. */
export function element(name: string, content: string): string {
  return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Line breaks and tabs as references, because parsers change them; what XML 1.0 has no form for becomes U+FFFD. */
export function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[&<>"']/g, (character) => entities[character] ?? character)
    .replace(/[\p{Cc}\ufffe\uffff]/gu, (character) => {
      const code = character.charCodeAt(0);
      const isAllowed = code === 9 || code === 10 || code === 13 || (code >= 0x7f && code <= 0x9f);
      return isAllowed ? `&#x${code.toString(16).toUpperCase()};` : '\ufffd';
    });
}

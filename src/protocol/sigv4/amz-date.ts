/**
 * The two spellings of time that a signed request may carry: ISO 8601 basic (20150830T123600Z), and the RFC 9110 §5.6.7
 * IMF-fixdate of an HTTP Date header (Sun, 30 Aug 2015 12:36:00 GMT). RFC 9110's two obsolete spellings are left out.
 */

const basicForm = /^\d{8}T\d{6}Z$/;
const httpForm = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const months = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** Milliseconds since the Unix epoch, or undefined for anything that is not an instant in the basic form. */
export function parseAmzDate(text: string): number | undefined {
  if (!basicForm.test(text)) return undefined;
  const [month, day] = [numberAt(text, 4, 2), numberAt(text, 6, 2)];
  const [hour, minute, second] = [numberAt(text, 9, 2), numberAt(text, 11, 2), numberAt(text, 13, 2)];
  if (month > 12 || hour > 23 || minute > 59 || second > 59) return undefined;
  const milliseconds = Date.UTC(numberAt(text, 0, 4), month - 1, day, hour, minute, second);
  // Date.UTC carries 31 February over into March, month 0 into December and day 0 into the month before.
  const instant = new Date(milliseconds);
  return instant.getUTCDate() === day && instant.getUTCMonth() === month - 1 ? milliseconds : undefined;
}

export function formatAmzDate(milliseconds: number): string {
  const iso = new Date(milliseconds).toISOString(); // yyyy-mm-ddThh:mm:ss.sssZ
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
}

/** The basic form of an HTTP date, or undefined for any other text. The result may still not be an instant. */
export function amzDateOfHttpDate(text: string): string | undefined {
  if (!httpForm.test(text)) return undefined;
  const month = months.indexOf(text.slice(8, 11));
  if (month < 0 || month % 3 !== 0) return undefined;
  const monthNumber = String(month / 3 + 1).padStart(2, '0');
  const time = text.slice(17, 19) + text.slice(20, 22) + text.slice(23, 25);
  return `${text.slice(12, 16)}${monthNumber}${text.slice(5, 7)}T${time}Z`;
}

function numberAt(text: string, from: number, digits: number): number {
  let value = 0;
  for (let at = from; at < from + digits; at++) value = value * 10 + text.charCodeAt(at) - 0x30;
  return value;
}

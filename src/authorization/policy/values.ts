/**
 * Numbers, dates, truth values and bytes as conditions write them. A text that is not wholly one of these is none at all:
 * a parser that takes what it understands would make `10abc` a 10. Source: IAM User Guide, Condition operators; W3C Note
 * Date and Time Formats.
 */

export function parseNumber(text: string): number | undefined {
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

export function parseBool(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  return lower === 'true' || (lower === 'false' ? false : undefined);
}

/** The bytes of a base64 text, as the one base64 text that stands for them. */
export function parseBinary(text: string): string | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  return Buffer.from(text, 'base64').toString('base64');
}

const isoForm =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):(\d\d)))?)?)?$/;

/** Seconds since 1970 of a W3C date or of such a number itself. Four digits are a year. */
export function parseDate(text: string): number | undefined {
  const match = isoForm.exec(text);
  if (match === null) return text.startsWith('-') ? undefined : parseNumber(text);
  const [, year, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match.slice(0, 7).map(toNumber);
  const fraction = match[7] ?? '0';
  const [offsetHours = 0, offsetMinutes = 0] = [match[9], match[10]].map(toNumber);
  if (year === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
  if (offsetHours > 23 || offsetMinutes > 59) return undefined;
  const date = new Date(Date.UTC(2000, month - 1, day, hour, minute, second)); // a leap year, so that 29 February stays
  date.setUTCFullYear(year, month - 1, day); // Date.UTC would put the years below 100 into the last century
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const offset = (offsetHours * 60 + offsetMinutes) * (match[8] === '-' ? -60 : 60);
  const seconds = date.getTime() / 1000 - offset;
  // Read as one decimal number, so that it equals the same instant written as a number.
  return seconds < 0 ? seconds + Number(`0.${fraction}`) : Number(`${seconds}.${fraction}`);
}

function toNumber(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

/** Answers of Amazon S3. Source: Amazon S3 API Reference, Error responses, and the response syntax of each action. */
import { element, escapeText } from '#protocol/xml.ts';

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** Elements in their order: a text or number, elements in it, or undefined for one that is not there. */
export type Content = readonly (readonly [name: string, value: string | number | boolean | Content | undefined])[];

export function documentXml(root: string, content: string | Content): string {
  const inner = typeof content === 'string' ? escapeText(content) : contentXml(content);
  const start = `<${root} xmlns="${namespace}"`;
  return `${declaration}${inner === '' ? `${start}/>` : `${start}>${inner}</${root}>`}`;
}

export interface ErrorAnswer {
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
}

export function errorXml({ code, message, requestId }: ErrorAnswer): string {
  const content: Content = [
    ['Code', code],
    ['Message', message],
    ['RequestId', requestId],
  ];
  return `${declaration}${element('Error', contentXml(content))}`;
}

export function timeXml(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}.000Z`;
}

function contentXml(content: Content): string {
  return content
    .map(([name, value]) => {
      if (value === undefined) return '';
      return element(name, typeof value === 'object' ? contentXml(value) : escapeText(String(value)));
    })
    .join('');
}

/**
 * Answers of the AWS Query protocol. Source: Smithy, AWS Query protocol; IAM API Reference, Common errors.
 */
import { toBase64 } from '#base/bytes.ts';
import type { ListShape, Members, Shape, StructureShape } from '#model/schema.ts';
import { element, escapeText } from '#protocol/xml.ts';

/** Which operation answers, for the elements around its result. */
export interface Answering {
  readonly namespace: string;
  readonly operation: string;
  readonly requestId: string;
}

/** `shape` is absent for an operation without a result. */
export function resultXml(
  { namespace, operation, requestId }: Answering,
  shape: Shape<unknown> | undefined,
  value: unknown,
): string {
  const result = shape === undefined ? '' : element(`${operation}Result`, contentOf(shape, value));
  const metadata = element('ResponseMetadata', element('RequestId', requestId));
  return `<${operation}Response xmlns="${namespace}">${result}${metadata}</${operation}Response>\n`;
}

export interface ErrorAnswer {
  readonly code: string;
  readonly message: string;
  readonly isOurFault: boolean;
}

export function errorXml({ namespace, requestId }: Omit<Answering, 'operation'>, error: ErrorAnswer): string {
  const content = [
    element('Type', error.isOurFault ? 'Receiver' : 'Sender'),
    element('Code', escapeText(error.code)),
    element('Message', escapeText(error.message)),
  ].join('');
  return `<ErrorResponse xmlns="${namespace}">${element('Error', content)}${element('RequestId', requestId)}</ErrorResponse>\n`;
}

function contentOf(shape: Shape<unknown>, value: unknown): string {
  switch (shape.kind) {
    case 'structure':
      return structureContent(shape as StructureShape<Members>, Object(value)); // by its kind
    case 'list':
      return (value as readonly unknown[])
        .map((item) => element('member', contentOf((shape as ListShape<unknown>).element, item)))
        .join('');
    case 'map':
      return Object.entries(Object(shape.encode(value)))
        .map(([key, held]) =>
          element('entry', element('key', escapeText(key)) + element('value', escapeText(String(held)))),
        )
        .join('');
    case 'timestamp':
      return `${new Date(Number(value)).toISOString().slice(0, 19)}Z`;
    case 'blob':
      return value instanceof Uint8Array ? toBase64(value) : String(shape.encode(value));
    default:
      return escapeText(String(shape.encode(value)));
  }
}

function structureContent({ members }: StructureShape<Members>, value: Readonly<Record<string, unknown>>): string {
  return Object.entries(members)
    .filter(([name]) => value[name] !== undefined)
    .map(([name, member]) => element(name, contentOf('optional' in member ? member.optional : member, value[name])))
    .join('');
}

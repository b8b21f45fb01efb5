import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blob, boolean, integer, list, optional, string, structure, timestamp } from '#model/schema.ts';
import { errorXml, resultXml } from './xml.ts';

const answering = { namespace: 'urn:x', operation: 'GetThing', requestId: 'r-1' };

test('a result has the elements of its shape, in their order, and lists have members', () => {
  const shape = structure({
    Name: string(),
    Missing: optional(string()),
    Count: integer(),
    IsOn: boolean,
    At: timestamp,
    Bytes: blob(),
    Things: list(structure({ Id: string() })),
    None: list(string()),
  });
  const value = {
    Name: `<a> & "b" 'c'\n`,
    Count: 3,
    IsOn: false,
    At: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    Bytes: new Uint8Array([1, 2, 3]),
    Things: [{ Id: 'x' }, { Id: 'y' }],
    None: [],
  };
  assert.equal(
    resultXml(answering, shape, value),
    '<GetThingResponse xmlns="urn:x"><GetThingResult><Name>&lt;a&gt; &amp; &quot;b&quot; &apos;c&apos;&#xA;</Name><Count>3</Count><IsOn>false</IsOn><At>2026-01-02T03:04:05Z</At><Bytes>AQID</Bytes><Things><member><Id>x</Id></member><member><Id>y</Id></member></Things><None/></GetThingResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></GetThingResponse>\n',
  );
});

test('an operation without a result has no Result element', () => {
  assert.equal(
    resultXml(answering, undefined, {}),
    '<GetThingResponse xmlns="urn:x"><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></GetThingResponse>\n',
  );
});

test('an error says whose fault it is', () => {
  assert.equal(
    errorXml(answering, { code: 'NoSuchEntity', message: 'no <x>', isOurFault: false }),
    '<ErrorResponse xmlns="urn:x"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>no &lt;x&gt;</Message></Error><RequestId>r-1</RequestId></ErrorResponse>\n',
  );
  assert.match(
    errorXml(answering, { code: 'X', message: '', isOurFault: true }),
    /<Type>Receiver<\/Type>.*<Message\/>/,
  );
});

test('characters that XML has no form for do not spoil the document', () => {
  const text = resultXml(answering, structure({ A: string() }), { A: '\u0000\u001f\ud800x\uffff\u0085' });
  assert.match(text, /<A>\ufffd\ufffd\ufffdx\ufffd&#x85;<\/A>/);
});

/**
 * Single cases of AWS's Signature Version 4 test suite (github.com/awslabs/aws-c-auth, tests/aws-signing-test-suite/v4,
 * Apache-2.0, the revision at 495329c), written down as facts so that they run where the suite itself is not at hand.
 * All were signed by AKIDEXAMPLE at 2015-08-30T12:36:00Z for us-east-1 and a service called "service".
 */

export const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
export const signedAt = Date.UTC(2015, 7, 30, 12, 36);

const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const formHash = '9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e';
const token = '6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267';
const authorization = (signedHeaders: string, signature: string): string =>
  `Authorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${signedHeaders}, Signature=${signature}`;
const presigned =
  'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request&X-Amz-Date=20150830T123600Z';

export interface SignatureFact {
  readonly name: string;
  /** The lines of the signed request; a body follows an empty line. */
  readonly request: readonly string[];
  readonly canonical: readonly string[];
  readonly canonicalHash: string;
  readonly signature: string;
  readonly sessionToken?: string;
}

export const facts: readonly SignatureFact[] = [
  {
    name: 'get-vanilla, header',
    request: [
      'GET / HTTP/1.1',
      'Host:example.amazonaws.com',
      'X-Amz-Date:20150830T123600Z',
      authorization('host;x-amz-date', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'),
    ],
    canonical: [
      ...['GET', '/', '', 'host:example.amazonaws.com', 'x-amz-date:20150830T123600Z', ''],
      ...['host;x-amz-date', emptyHash],
    ],
    canonicalHash: 'bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'get-vanilla-query-order-key-case, header',
    request: [
      'GET /?Param2=value2&Param1=value1 HTTP/1.1',
      'Host:example.amazonaws.com',
      'X-Amz-Date:20150830T123600Z',
      authorization('host;x-amz-date', 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500'),
    ],
    canonical: [
      ...['GET', '/', 'Param1=value1&Param2=value2', 'host:example.amazonaws.com', 'x-amz-date:20150830T123600Z', ''],
      ...['host;x-amz-date', emptyHash],
    ],
    canonicalHash: '816cd5b414d056048ba4f7c5386d6e0533120fb1fcfa93762cf0fc39e2cf19e0',
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  {
    name: 'get-header-value-trim, header',
    request: [
      'GET / HTTP/1.1',
      'Host:example.amazonaws.com',
      'My-Header1: value1',
      'My-Header2: "a   b   c"',
      'X-Amz-Date:20150830T123600Z',
      authorization(
        'host;my-header1;my-header2;x-amz-date',
        'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
      ),
    ],
    canonical: [
      ...['GET', '/', '', 'host:example.amazonaws.com', 'my-header1:value1', 'my-header2:"a b c"'],
      ...['x-amz-date:20150830T123600Z', '', 'host;my-header1;my-header2;x-amz-date', emptyHash],
    ],
    canonicalHash: 'a726db9b0df21c14f559d0a978e563112acb1b9e05476f0a6a1c7d68f28605c7',
    signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  },
  {
    name: 'post-x-www-form-urlencoded, header',
    request: [
      'POST / HTTP/1.1',
      'Content-Type:application/x-www-form-urlencoded',
      'Host:example.amazonaws.com',
      'Content-Length:13',
      'X-Amz-Date:20150830T123600Z',
      `x-amz-content-sha256:${formHash}`,
      authorization(
        'content-length;content-type;host;x-amz-content-sha256;x-amz-date',
        'd3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b',
      ),
      '',
      'Param1=value1',
    ],
    canonical: [
      ...['POST', '/', '', 'content-length:13', 'content-type:application/x-www-form-urlencoded'],
      ...['host:example.amazonaws.com', `x-amz-content-sha256:${formHash}`, 'x-amz-date:20150830T123600Z', ''],
      ...['content-length;content-type;host;x-amz-content-sha256;x-amz-date', formHash],
    ],
    canonicalHash: 'b1edd1d03544c25390e32085d55b57acc9a3961bb59415ff86c45c3d89d16cfb',
    signature: 'd3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b',
  },
  {
    name: 'get-vanilla-with-session-token, header',
    sessionToken: token,
    request: [
      'GET / HTTP/1.1',
      'Host:example.amazonaws.com',
      `X-Amz-Security-Token:${token}`,
      'X-Amz-Date:20150830T123600Z',
      authorization(
        'host;x-amz-date;x-amz-security-token',
        '07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8',
      ),
    ],
    canonical: [
      ...['GET', '/', '', 'host:example.amazonaws.com', 'x-amz-date:20150830T123600Z', `x-amz-security-token:${token}`],
      ...['', 'host;x-amz-date;x-amz-security-token', emptyHash],
    ],
    canonicalHash: '067b36aa60031588cea4a4cde1f21215227a047690c72247f1d70b32fbbfad2b',
    signature: '07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8',
  },
  {
    name: 'get-vanilla-with-session-token, query',
    sessionToken: token,
    request: [
      `GET /?${presigned}&X-Amz-SignedHeaders=host&X-Amz-Expires=3600&X-Amz-Security-Token=${token}&X-Amz-Signature=7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c HTTP/1.1`,
      'Host:example.amazonaws.com',
    ],
    canonical: [
      ...['GET', '/', `${presigned}&X-Amz-Expires=3600&X-Amz-Security-Token=${token}&X-Amz-SignedHeaders=host`],
      ...['host:example.amazonaws.com', '', 'host', emptyHash],
    ],
    canonicalHash: 'cb30434103085aa9e73780fc60dc9a9df818fd2a7b1de12a9f6f4d791f898761',
    signature: '7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c',
  },
];

/**
 * IP addresses and CIDR ranges, compared by their bits and never as text. An IPv4 address that a dual-stack socket
 * reports as IPv6 (`::ffff:10.1.2.3`) is the IPv4 address. Source: IAM User Guide, IP address condition operators; RFC
 * 4291, 4632.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** Four or sixteen bytes. */
export type Address = readonly number[];

export interface AddressRange {
  readonly address: Address;
  readonly prefixBits: number;
}

/** Undefined for what is no address. A zone (`fe80::1%eth0`) names a local interface and is left out. */
export function parseAddress(text: string): Address | undefined {
  const [address = ''] = text.split('%', 1);
  if (isIPv4(address)) return address.split('.').map(Number);
  return isIPv6(address) ? unmapped(bytesOfV6(address)) : undefined;
}

/** `10.0.0.0/8`, `2001:db8::/32`, or one address. Bits after the prefix do not matter. */
export function parseRange(text: string): AddressRange | undefined {
  const [addressText = '', prefixText, ...rest] = text.split('/');
  const address = parseAddress(addressText);
  if (address === undefined || rest.length > 0) return undefined;
  const allBits = address.length * 8;
  if (prefixText === undefined) return { address, prefixBits: allBits };
  if (!/^(?:0|[1-9]\d{0,2})$/.test(prefixText)) return undefined;
  const isMapped = address.length === 4 && addressText.includes(':');
  if (!isMapped) return inBounds({ address, prefixBits: Number(prefixText) }, allBits);
  // A range of IPv6 that holds more than the mapped addresses: as IPv6 it holds no IPv4 caller.
  if (Number(prefixText) < mappedPrefix.length * 8) {
    return { address: [...mappedPrefix, ...address], prefixBits: Number(prefixText) };
  }
  return inBounds({ address, prefixBits: Number(prefixText) - mappedPrefix.length * 8 }, allBits);
}

export function isInRange(address: Address, { address: base, prefixBits }: AddressRange): boolean {
  if (address.length !== base.length) return false;
  for (let index = 0; index * 8 < prefixBits; index++) {
    const spare = Math.max(0, 8 - (prefixBits - index * 8));
    if ((address[index] ?? 0) >> spare !== (base[index] ?? 0) >> spare) return false;
  }
  return true;
}

function inBounds(range: AddressRange, allBits: number): AddressRange | undefined {
  return range.prefixBits <= allBits ? range : undefined;
}

const mappedPrefix: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

function unmapped(bytes: Address): Address {
  return mappedPrefix.every((byte, index) => bytes[index] === byte) ? bytes.slice(mappedPrefix.length) : bytes;
}

/** The bytes of a text that is known to be an IPv6 address. */
function bytesOfV6(text: string): Address {
  const [head = '', tail] = text.split('::');
  const left = bytesOfGroups(head);
  if (tail === undefined) return left;
  const right = bytesOfGroups(tail);
  return [...left, ...new Array<number>(16 - left.length - right.length).fill(0), ...right];
}

function bytesOfGroups(groups: string): number[] {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

import { getSystemErrorName } from 'node:util';

/** An error as Node's own sockets give it. */
export function socketError(
  syscall: 'connect' | 'read',
  errno: number,
  place?: { readonly address: string; readonly port: number },
): Error {
  const code = getSystemErrorName(-errno);
  const where = place === undefined ? '' : ` ${place.address}:${place.port}`;
  return Object.assign(new Error(`${syscall} ${code}${where}`), { errno: -errno, code, syscall, ...place });
}

/** One error for all the addresses that were tried; the only one as it is. */
export function triedAll(errors: readonly Error[]): Error {
  const [first] = errors;
  if (first === undefined) return new Error('The name has no address');
  if (errors.length === 1) return first;
  return Object.assign(new AggregateError(errors), { code: Reflect.get(first, 'code') as unknown });
}

import { expect, it } from 'vitest';
import { ArrivalSocket, type SocketDriver } from './arrival-socket.js';
import type { ArrivalStamp } from './arrival-stamp.js';

const DRIVER: SocketDriver = {
  write: () => true,
  finishWriting: () => undefined,
  setReading: () => undefined,
  setHolding: () => undefined,
  info: () => undefined,
  release: () => undefined,
};
const at = (arrivalNs: number): ArrivalStamp => ({ arrivalNs, errorNs: 1, source: 'kernel' });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A connected socket whose `readable` listener reads in this way. */
function open(read: (socket: ArrivalSocket) => void): ArrivalSocket {
  const socket = new ArrivalSocket(DRIVER);
  socket.connected({ address: '127.0.0.1', family: 4, port: 1 });
  socket.on('readable', () => read(socket));
  return socket;
}

/** Reads all that there is, as undici does, into lines of text and stamp. */
function readAll(socket: ArrivalSocket, heard: string[], mostBytes?: number): void {
  for (let bytes = socket.read(mostBytes); bytes !== null; bytes = socket.read(mostBytes)) {
    heard.push(`${(bytes as Buffer | string).toString()}@${socket.readStamp?.arrivalNs}`);
  }
}

it('hands what arrives to whoever reads at once, past the queue, before the next bytes are handed over', async () => {
  const heard: string[] = [];
  const socket = open((of) => readAll(of, heard));
  await turn();
  socket.arrived(Buffer.from('one'), at(1));
  expect(heard).toEqual(['one@1']);
  socket.arrived(Buffer.from('two'), at(2));
  expect(heard).toEqual(['one@1', 'two@2']);
  socket.ended();
  await turn();
  expect(socket.readableEnded).toBe(true);
});

it('keeps in order, each with its stamp, what is read later', async () => {
  const heard: string[] = [];
  let isBusy = true;
  const socket = open((of) => isBusy || readAll(of, heard));
  await turn();
  socket.arrived(Buffer.from('one'), at(1));
  socket.arrived(Buffer.from('two'), at(2));
  expect(heard).toEqual([]);
  expect(socket.readStamp).toBeUndefined();
  isBusy = false;
  socket.arrived(Buffer.from('three'), at(3));
  await turn();
  expect(heard).toEqual(['one@1', 'two@2', 'three@3']);
});

it('gives as many bytes as are asked for, and the rest after them', async () => {
  const heard: string[] = [];
  const socket = open((of) => readAll(of, heard, 2));
  await turn();
  socket.arrived(Buffer.from('abcd'), at(1));
  socket.arrived(Buffer.from('ef'), at(2));
  await turn();
  expect(heard.join(' ')).toBe('ab@1 cd@1 ef@2');
});

it('puts back what a reader does not want yet', async () => {
  const heard: string[] = [];
  let isFirst = true;
  const socket = open((of) => {
    if (!isFirst) return readAll(of, heard);
    isFirst = false;
    of.unshift(of.read() as Buffer);
  });
  await turn();
  socket.arrived(Buffer.from('one'), at(1));
  socket.arrived(Buffer.from('two'), at(2));
  await turn();
  expect(heard).toEqual(['one@1', 'two@2']);
});

it('loses nothing to a listener that throws, and reads as text where that is asked for', async () => {
  const heard: string[] = [];
  let throws = true;
  const socket = open((of) => {
    if (throws) throw new Error('a listener of a test');
    readAll(of, heard);
  });
  await turn();
  expect(() => socket.arrived(Buffer.from('one'), at(1))).toThrow('a listener of a test');
  throws = false;
  socket.arrived(Buffer.from('two'), at(2));
  await turn();
  expect(heard).toEqual(['one@1', 'two@2']);
  socket.setEncoding('latin1');
  socket.arrived(Buffer.from('é', 'latin1'), at(3));
  await turn();
  expect(heard.at(-1)).toBe('é@3');
});

it('forgets what nobody reads of a socket that is destroyed meanwhile', async () => {
  const socket = open((of) => of.destroy());
  await turn();
  socket.arrived(Buffer.from('one'), at(1));
  expect(socket.readableLength).toBe(0);
});

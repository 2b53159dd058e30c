import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Hands bytes on between a browser and a server, until it is told to cut every connection or to let none through. */
export interface CutProxy {
  readonly url: string;
  cut(): void;
  setOpen(isOpen: boolean): void;
  stop(): Promise<void>;
}

export async function startCutProxy(targetUrl: string): Promise<CutProxy> {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((near) => {
    if (!isOpen) {
      near.destroy();
      return;
    }
    const far = connect(Number(new URL(targetUrl).port), '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    setOpen: (open) => (isOpen = open),
    stop: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

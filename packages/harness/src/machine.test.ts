import { expect, it } from 'vitest';
import { describeMachine } from './machine.js';

const FILES: Readonly<Record<string, string>> = {
  '/sys/fs/cgroup/cpu.max': '150000 100000\n',
  '/sys/devices/system/clocksource/clocksource0/current_clocksource': 'tsc\n',
  '/proc/cpuinfo': 'processor\t: 0\nflags\t\t: fpu vme hypervisor sse\n',
  '/proc/self/limits':
    'Limit   Soft Limit  Hard Limit  Units\nMax open files            1024                 4096   files\n',
  '/.dockerenv': '',
};

it('reads what the system says of itself', () => {
  expect(describeMachine((path) => FILES[path])).toMatchObject({
    cgroup_cpu_count: 1.5,
    clock_source: 'tsc',
    virtual_machine: true,
    container: process.env['KUBERNETES_SERVICE_HOST'] === undefined ? 'docker' : 'kubernetes',
    open_files_limit: 1024,
    node_version: process.versions.node,
  });
});

it('leaves null what it cannot read, and what is without limit', () => {
  const unlimited = describeMachine((path) =>
    path === '/sys/fs/cgroup/cpu.max' ? 'max 100000\n' : undefined,
  );
  expect(unlimited).toMatchObject({
    cgroup_cpu_count: null,
    clock_source: null,
    virtual_machine: null,
    open_files_limit: null,
  });
});

it('is JSON on the machine at hand', () => {
  const machine = describeMachine();
  expect(JSON.parse(JSON.stringify(machine))).toEqual(machine);
  expect(machine.cpu_count).toBeGreaterThan(0);
  expect(machine.memory_bytes).toBeGreaterThan(0);
});

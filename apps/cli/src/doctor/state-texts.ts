import type { GPU_STATES, SAMPLER_STATES } from '@fluidscope/nvml-sampler';

export type SamplerState = (typeof SAMPLER_STATES)[number];
export type GpuState = (typeof GPU_STATES)[number];

/** What a state is, and what to do about it. Nothing for what is well. */
type StateText = readonly [found: string, advice: string];

/** Of the library, here or under an agent. */
export const STATE_TEXTS: Readonly<Record<SamplerState, StateText>> = {
  starting: [
    'the driver has not answered yet',
    'Look at dmesg for NVRM lines; a GPU that hangs holds the driver up.',
  ],
  stalled_starting: [
    'the driver hangs while NVML starts',
    'Look at dmesg for NVRM and Xid lines; a GPU whose firmware is dead holds all of them up until it is reset.',
  ],
  ready: ['', ''],
  no_gpu: [
    'the driver is there but shows no GPU',
    'In a container, pass the GPUs through (--gpus all, or the device plugin).',
  ],
  library_missing: [
    'the NVML library cannot be opened',
    'Install NVIDIA’s driver; in a container use the NVIDIA runtime, or name the file in FLUIDSCOPE_NVML_LIBRARY.',
  ],
  library_unusable: [
    'a library was opened that is not NVML',
    'Check FLUIDSCOPE_NVML_LIBRARY and the library’s architecture.',
  ],
  driver_not_loaded: [
    'the library is there, the kernel driver is not loaded',
    'Load it (modprobe nvidia), or run on a machine that has a GPU.',
  ],
  driver_mismatch: [
    'library and loaded kernel module are of different versions',
    'Reboot or reload the module: the driver was upgraded beneath it.',
  ],
  driver_gone: ['the driver went away while it was in use', 'See dmesg; the sampler asks again by itself.'],
  devices_revoked: [
    'this container’s access to the devices was revoked',
    'Restart the container: a systemd reload revokes devices of running ones.',
  ],
  no_permission: [
    'this user may not open the devices',
    'Let the user read and write /dev/nvidia* (group video or render on many systems).',
  ],
  init_failed: [
    'NVML did not start for a reason that it does not tell',
    'See dmesg for NVRM and Xid lines; in a container restart it.',
  ],
};

/** States in which an agent does not use NVML at all. */
const AGENT_STATE_TEXTS: Readonly<Record<string, StateText>> = {
  addon_missing: [
    'the agent’s native part does not load (not built, another libc such as musl, or a missing symbol)',
    'Build it there: npm ci with CMake and g++; on musl there is no prebuilt one. nvidia-smi is read meanwhile where it runs.',
  ],
  addon_mismatch: [
    'the agent’s native part is of another build than its JavaScript',
    'Build both together: npm ci, or npm run build. nvidia-smi is read meanwhile where it runs.',
  ],
  nvidia_smi_failed: [
    'neither NVML nor nvidia-smi can be read',
    'Run nvidia-smi on that machine: it says what is wrong with the driver.',
  ],
};

/** Of one GPU. */
const GPU_STATE_TEXTS: Readonly<Record<GpuState, StateText>> = {
  ready: ['', ''],
  lost: [
    'it fell off the bus (GPU is lost)',
    'Look at dmesg for Xid 79; drain the machine, and reset or power-cycle it.',
  ],
  reset_required: [
    'it needs a reset before it works again',
    'Drain it, then nvidia-smi --gpu-reset -i N as root.',
  ],
  stalled: [
    'a call to it has not come back for a second; the others are read on',
    'Look at dmesg for Xid 119 or 120: its firmware (GSP) may be dead. It is read again when the call returns.',
  ],
  read_failed: ['reading it fails', 'Look at its detail and at dmesg for NVRM lines; it is tried again.'],
  no_permission: [
    'the agent’s user may not open it',
    'Give that user /dev/nvidiaN, or pass this GPU into the container.',
  ],
  unopened: [
    'the driver would not open it',
    'Look at dmesg for NVRM lines: another program may hold it, or it failed to start.',
  ],
};

/** In words, whatever a newer agent calls it. */
export function sourceStateText(state: string): StateText {
  return find(STATE_TEXTS, state) ?? find(AGENT_STATE_TEXTS, state) ?? unknownState(state);
}

export function gpuStateText(state: string): StateText {
  return find(GPU_STATE_TEXTS, state) ?? unknownState(state);
}

function find(texts: Readonly<Record<string, StateText>>, state: string): StateText | undefined {
  return Object.hasOwn(texts, state) ? texts[state] : undefined;
}

function unknownState(state: string): StateText {
  return [
    `a state that this version does not know (${state})`,
    'Use the same version of fluidscope on both sides.',
  ];
}

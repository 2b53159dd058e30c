import type { SamplerState } from './nvml-source.js';

/** What each state of the sampler means for who has to mend it; empty where there is nothing to mend. */
const MEANING: Readonly<Record<SamplerState, string>> = {
  starting: 'waiting for the driver’s first answer',
  stalled_starting:
    'the driver does not come back to NVML’s start: look at dmesg for NVRM and Xid lines; GPUs are read as soon as it answers',
  ready: '',
  no_gpu:
    'the driver is loaded but shows no GPU to this process: check the container’s devices and NVIDIA_VISIBLE_DEVICES',
  library_missing:
    'libnvidia-ml.so.1 is not installed or not on the library path: install the driver’s user-space part or give --library',
  library_unusable:
    'the library that was found is no usable NVML: check what --library or FLUIDSCOPE_NVML_LIBRARY names',
  driver_not_loaded:
    'NVIDIA’s library is here but its kernel driver is not loaded: check lsmod | grep nvidia and dmesg',
  driver_mismatch:
    'the library and the loaded kernel driver are of different versions: reboot or reload the driver after its upgrade',
  driver_gone: 'the driver went away while it was read: it is asked again until it is back',
  devices_revoked:
    'this process may no longer open the GPU’s devices, as after a systemd reload under a container: restart the container',
  no_permission: 'this user may not open /dev/nvidia*: check their owner and mode',
  init_failed: 'NVML could not be initialised',
};

/** A sentence with the library's own words behind it: `NVIDIA’s library is here but … (nvmlInit_v2 answers 9)`. */
export function samplerStateText(state: SamplerState, detail: string): string {
  const meaning = MEANING[state];
  if (meaning === '' || detail === '') return meaning === '' ? detail : meaning;
  return `${meaning} (${detail})`;
}

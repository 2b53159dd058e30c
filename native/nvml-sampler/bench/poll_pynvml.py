"""The same reads as the sampler's fast tier, by nvidia-ml-py, on the same absolute schedule."""
import json
import sys
import time

import pynvml

seconds, gpus = int(sys.argv[1]), int(sys.argv[2])
pynvml.nvmlInit()
handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(gpus)]
period_ns, late_ns, records, missed = 1_000_000, [], 0, 0
due_ns = start_ns = time.monotonic_ns()
while due_ns < start_ns + seconds * 1_000_000_000:
    due_ns += period_ns
    time.sleep(max(0, due_ns - time.monotonic_ns()) / 1e9)
    now_ns = time.monotonic_ns()
    late_ns.append(max(0, now_ns - due_ns))
    if now_ns > due_ns + period_ns:
        missed += (now_ns - due_ns) // period_ns
        due_ns = now_ns
    for handle in handles:
        pynvml.nvmlDeviceGetClockInfo(handle, pynvml.NVML_CLOCK_SM)
        pynvml.nvmlDeviceGetClockInfo(handle, pynvml.NVML_CLOCK_MEM)
        pynvml.nvmlDeviceGetCurrentClocksEventReasons(handle)
        pynvml.nvmlDeviceGetPerformanceState(handle)
        pynvml.nvmlDeviceGetFieldValues(handle, [pynvml.NVML_FI_DEV_POWER_INSTANT])
        records += 5
late_ns.sort()
elapsed_s = (time.monotonic_ns() - start_ns) / 1e9
print(json.dumps({
    "late_p50_us": late_ns[len(late_ns) // 2] / 1e3,
    "late_p99_us": late_ns[len(late_ns) * 99 // 100] / 1e3,
    "records_per_s": records / elapsed_s,
    "samples_per_s": records / elapsed_s,
    "missed_slots_pct": 100 * missed / (missed + len(late_ns)),
    "cpu_pct": 100 * time.process_time() / elapsed_s,
}))

"""Third-party clients of NVML against the simulated library: what each shows of known GPUs, on several drivers.

check_nvml_clients.py FOLDER: FOLDER holds a library for each driver. One line a client and driver; exits with 1 when a value differs.
"""

import json
import os
import subprocess
import sys
import tempfile

import nvml_state
from nvml_state import GIB

DRIVERS = {"595": "595.58.03", "510": "510.108.03", "575": "575.64.05", "cuda14": "620.10.01"}


def shown_by_nvidia_ml_py():
    """What a script of nvidia-ml-py reads; an error is shown by its name."""
    import pynvml as n

    def ask(function, *args):
        try:
            return function(*args)
        except n.NVMLError as error:
            return type(error).__name__

    n.nvmlInit()
    gpu, cut, gaming = (n.nvmlDeviceGetHandleByIndex(index) for index in range(3))
    shown = {"driver": n.nvmlSystemGetDriverVersion(), "count": n.nvmlDeviceGetCount(), "name": n.nvmlDeviceGetName(gpu), "uuid": n.nvmlDeviceGetUUID(gpu)}
    memory, second = n.nvmlDeviceGetMemoryInfo(gpu), n.nvmlDeviceGetMemoryInfo(gpu, version=n.nvmlMemory_v2)
    shown["memory"] = [memory.total, memory.used, second.used, second.reserved]
    rates = n.nvmlDeviceGetUtilizationRates(gpu)
    shown["utilization"] = [rates.gpu, rates.memory]
    shown["power"] = [n.nvmlDeviceGetPowerUsage(gpu), n.nvmlDeviceGetEnforcedPowerLimit(gpu), n.nvmlDeviceGetPowerManagementLimitConstraints(gpu)]
    shown["energy"] = n.nvmlDeviceGetTotalEnergyConsumption(gpu)
    shown["temperature"] = ask(n.nvmlDeviceGetTemperature, gpu, n.NVML_TEMPERATURE_GPU)
    shown["temperature_v"] = ask(n.nvmlDeviceGetTemperatureV, gpu, n.NVML_TEMPERATURE_GPU)
    shown["clocks"] = [n.nvmlDeviceGetClockInfo(gpu, n.NVML_CLOCK_SM), n.nvmlDeviceGetClockInfo(gpu, n.NVML_CLOCK_MEM), n.nvmlDeviceGetMaxClockInfo(gpu, n.NVML_CLOCK_SM)]
    shown["reasons"] = [ask(n.nvmlDeviceGetCurrentClocksEventReasons, gpu), ask(n.nvmlDeviceGetCurrentClocksThrottleReasons, gpu)]
    shown["fan"] = [ask(n.nvmlDeviceGetFanSpeed, gpu), ask(n.nvmlDeviceGetFanSpeed, gaming)]
    fields = n.nvmlDeviceGetFieldValues(gpu, [74, 83, 251, 269, (138, 0xFFFFFFFF), (138, 0)])
    shown["fields"] = [each.value.ullVal if each.nvmlReturn == 0 else None for each in fields]
    kind, samples = n.nvmlDeviceGetSamples(gpu, n.NVML_TOTAL_POWER_SAMPLES, 0)
    shown["samples"] = [kind, [each.sampleValue.uiVal for each in samples]]
    shown["links"] = [n.nvmlDeviceGetNvLinkState(gpu, 17), n.nvmlDeviceGetNvLinkErrorCounter(gpu, 17, n.NVML_NVLINK_ERROR_DL_REPLAY), ask(n.nvmlDeviceGetNvLinkState, gaming, 0)]
    shown["ecc"] = [n.nvmlDeviceGetTotalEccErrors(gpu, n.NVML_MEMORY_ERROR_TYPE_UNCORRECTED, n.NVML_AGGREGATE_ECC), n.nvmlDeviceGetRemappedRows(gpu)]
    processes = n.nvmlDeviceGetComputeRunningProcesses(gpu)
    shown["processes"] = [[each.usedGpuMemory, each.gpuInstanceId] for each in processes]
    shown["pids_right"] = [each.pid for each in processes] == [int(os.environ["SHOWN_PID"])]
    shown["process_sm"] = [each.smUtil for each in n.nvmlDeviceGetProcessUtilization(gpu, 0)]
    migs = [n.nvmlDeviceGetMigDeviceHandleByIndex(cut, place) for place in range(2)]
    shown["mig"] = [[n.nvmlDeviceGetUUID(each), n.nvmlDeviceGetMemoryInfo(each).used, n.nvmlDeviceGetGpuInstanceId(each), n.nvmlDeviceGetAttributes_v2(each).multiprocessorCount] for each in migs]
    shown["mig_none"] = [ask(n.nvmlDeviceGetMigDeviceHandleByIndex, cut, 2), ask(n.nvmlDeviceGetUtilizationRates, cut)]
    n.nvmlShutdown()
    return shown


def expected_of_nvidia_ml_py(driver):
    is_old, is_cuda14 = driver == "510", driver == "cuda14"
    throttle = {"595": (None, 13_000), "cuda14": (None, 13_000), "575": (13_000, None), "510": (None, None)}[driver]
    return {
        "driver": DRIVERS[driver], "count": 3, "name": "NVIDIA H100 80GB HBM3", "uuid": nvml_state.uuid(0),
        "memory": [80 * GIB, 30 * GIB + GIB // 2, 30 * GIB, GIB // 2],
        "utilization": [87, 41], "power": [512_345, 650_000, [200_000, 700_000]], "energy": 987_654_321,
        "temperature": "NVMLError_Deprecated" if is_cuda14 else 71,
        "temperature_v": "NVMLError_FunctionNotFound" if is_old else 71,
        "clocks": [1755, 2619, 1980],
        "reasons": ["NVMLError_FunctionNotFound" if is_old else 4, "NVMLError_Deprecated" if is_cuda14 else 4],
        "fan": ["NVMLError_NotSupported", 42],
        "fields": [11_000, 987_654_321, *throttle, 18_000, 1_000],
        "samples": [1, [500_000, 510_000]],
        "links": [1, 1_701, "NVMLError_NotSupported"],
        "ecc": [5, [6, 7, 1, 0]],
        "processes": [[20 * GIB, 0xFFFFFFFF]], "pids_right": True, "process_sm": [83],
        "mig": [[nvml_state.mig_uuid(0), 12 * GIB, 9, 60], [nvml_state.mig_uuid(1), GIB, 13, 16]],
        "mig_none": ["NVMLError_NotFound", "NVMLError_NotSupported"],
    }


def shown_by_nvitop():
    from nvitop import Device

    gpu, cut, gaming = Device.all()
    snapshot = gpu.as_snapshot()
    processes = list(gpu.processes().values())
    return {
        "driver": Device.driver_version(), "name": snapshot.name, "memory_used": snapshot.memory_used, "memory_total": snapshot.memory_total,
        "utilization": [snapshot.gpu_utilization, snapshot.memory_utilization], "power": [snapshot.power_usage, snapshot.power_limit],
        "temperature": str(snapshot.temperature), "clocks": [snapshot.sm_clock, snapshot.memory_clock], "ecc": snapshot.total_volatile_uncorrected_ecc_errors,
        "fan": [str(snapshot.fan_speed), gaming.fan_speed()],
        "processes": [[each.gpu_memory(), each.gpu_sm_utilization()] for each in processes],
        "pids_right": [each.pid for each in processes] == [int(os.environ["SHOWN_PID"])],
        "mig": [[each.uuid(), each.memory_used(), each.memory_total()] for each in cut.mig_devices()],
    }


def expected_of_nvitop(driver):
    return {
        "driver": DRIVERS[driver], "name": "NVIDIA H100 80GB HBM3", "memory_used": 30 * GIB, "memory_total": 80 * GIB,
        "utilization": [87, 41], "power": [512_345, 650_000], "temperature": "71", "clocks": [1755, 2619], "ecc": 5, "fan": ["N/A", 42],
        "processes": [[20 * GIB, 83]], "pids_right": True,
        "mig": [[nvml_state.mig_uuid(0), 12 * GIB, 40 * GIB], [nvml_state.mig_uuid(1), GIB, 10 * GIB]],
    }


def shown_by_gpustat(env):
    text = subprocess.run([os.path.join(os.path.dirname(sys.executable), "gpustat"), "--json"], env=env, capture_output=True, text=True, check=True).stdout
    shown = json.loads(text)
    gpu, _, gaming = shown["gpus"]
    keys = ["name", "uuid", "temperature.gpu", "fan.speed", "utilization.gpu", "power.draw", "enforced.power.limit", "memory.used", "memory.total"]
    return {"driver": shown["driver_version"], "gpu": [gpu[key] for key in keys], "fan": gaming["fan.speed"],
            "processes": [[each["pid"] == int(env["SHOWN_PID"]), each["gpu_memory_usage"]] for each in gpu["processes"]]}


def expected_of_gpustat(driver):
    # gpustat asks only nvmlDeviceGetTemperature, which CUDA 14 takes away.
    temperature = None if driver == "cuda14" else 71
    used_mib = 30 * 1024
    return {"driver": DRIVERS[driver], "gpu": ["NVIDIA H100 80GB HBM3", nvml_state.uuid(0), temperature, None, 87, 512, 650, used_mib, 80 * 1024],
            "fan": 42, "processes": [[True, 20 * 1024]]}


def shown_by_nvidia_smi(env):
    def run(*arguments):
        return subprocess.run([env["FLUIDSCOPE_NVIDIA_SMI"], *arguments], env=env, capture_output=True, text=True, check=True).stdout

    keys = ("driver_version,name,uuid,power.draw,power.limit,utilization.gpu,memory.used,memory.total,temperature.gpu,clocks.sm,fan.speed,"
            "mig.mode.current,ecc.errors.uncorrected.volatile.total")
    rows = [line.split(", ") for line in run(f"--query-gpu={keys}", "--format=csv,noheader,nounits").splitlines()]
    return {"rows": rows, "mig": [uuid in run("-L") for uuid in (nvml_state.mig_uuid(0), nvml_state.mig_uuid(1))], "xml_ends": run("-q", "-x").rstrip().endswith("</nvidia_smi_log>")}


def expected_of_nvidia_smi(driver):
    # An nvidia-smi of 535 knows only nvmlDeviceGetTemperature, which CUDA 14 takes away.
    temperatures = ["[Requested functionality has been deprecated]"] * 3 if driver == "cuda14" else ["71", "71", "64"]
    h100, version = "NVIDIA H100 80GB HBM3", DRIVERS[driver]
    return {
        "rows": [
            [version, h100, nvml_state.uuid(0), "512.34", "650.00", "87", "30720", "81920", temperatures[0], "1755", "[N/A]", "Disabled", "5"],
            [version, h100, nvml_state.uuid(1), "512.34", "650.00", "[N/A]", "13312", "81920", temperatures[1], "1755", "[N/A]", "Enabled", "5"],
            [version, "NVIDIA GeForce RTX 4090", nvml_state.uuid(2), "298.00", "450.00", "55", "8192", "24576", temperatures[2], "2520", "42", "[N/A]", "[N/A]"],
        ],
        "mig": [True, True], "xml_ends": True,
    }


def ask_child(what, env):
    result = subprocess.run([sys.executable, os.path.abspath(__file__), "--show", what], env=env, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(result.stderr[-2000:])
    return json.loads(result.stdout)


CLIENTS = {
    "nvidia-ml-py": (lambda env: ask_child("nvidia-ml-py", env), expected_of_nvidia_ml_py),
    "nvitop": (lambda env: ask_child("nvitop", env), expected_of_nvitop),
    "gpustat": (shown_by_gpustat, expected_of_gpustat),
}


def main(folder):
    differing = 0
    clients = dict(CLIENTS)
    if "FLUIDSCOPE_NVIDIA_SMI" in os.environ:
        clients["nvidia-smi"] = (shown_by_nvidia_smi, expected_of_nvidia_smi)
    else:
        print("not checked: nvidia-smi, for FLUIDSCOPE_NVIDIA_SMI does not name one")
    with tempfile.TemporaryDirectory() as scratch:
        state = os.path.join(scratch, "state")
        for driver in DRIVERS:
            env = {**os.environ, "LD_LIBRARY_PATH": os.path.join(folder, driver), "FLUIDSCOPE_NVML_SIM_STATE": state, "SHOWN_PID": str(os.getpid())}
            for client, (ask, expect) in clients.items():
                # Anew for each: nvitop leaves out what a process did more than a few seconds ago.
                nvml_state.write(state, nvml_state.known_gpus(os.getpid()))
                shown, expected = ask(env), json.loads(json.dumps(expect(driver)))
                wrong = [f"{key}: expected {expected.get(key)} but it shows {shown.get(key)}" for key in {**expected, **shown} if shown.get(key) != expected.get(key)]
                differing += len(wrong)
                print(f"{'ok  ' if not wrong else 'FAIL'} {client} on driver {driver}: {len(expected)} values", *wrong, sep="\n     ")
    return 1 if differing else 0


if __name__ == "__main__":
    if sys.argv[1] == "--show":
        print(json.dumps({"nvidia-ml-py": shown_by_nvidia_ml_py, "nvitop": shown_by_nvitop}[sys.argv[2]]()))
    else:
        sys.exit(main(os.path.abspath(sys.argv[1])))

import { ProblemList } from './problem-list.js';
import { readQuantity } from './quantity.js';
import { gpuFrom, RecordBuilder } from './record-builder.js';
import { SMI_METRICS } from './smi-metrics.js';
import type { SmiRecord, SmiText } from './smi-record.js';
import { elementsAt, readXmlTree, textAt, type XmlElement } from './xml-tree.js';

export interface SmiXml extends SmiText {
  readonly driverVersion?: string;
  readonly cudaVersion?: string;
}

/** Bits of NVML's clocks event reasons, by the end of the element's name. */
const REASON_BITS: Readonly<Record<string, number>> = {
  gpu_idle: 0x1,
  applications_clocks_setting: 0x2,
  sw_power_cap: 0x4,
  hw_slowdown: 0x8,
  sync_boost: 0x10,
  sw_thermal_slowdown: 0x20,
  hw_thermal_slowdown: 0x40,
  hw_power_brake_slowdown: 0x80,
  display_clocks_setting: 0x100,
  display_clock_setting: 0x100,
};

const PROCESS_MEMORY = { metric: 'process_memory_used_bytes', unit: 'bytes', printedUnit: 'MiB' } as const;

/**
 * Reads `nvidia-smi -q -x`, schemas v9 to v13: one record a `<gpu>`. Elements are found by their whole path, for
 * `gpu_power_readings` and `module_power_readings` have children of the same names. Never throws; what precedes the XML is a message.
 */
export function parseQueryXml(text: string): SmiXml {
  const problems = new ProblemList();
  const start = text.search(/<\?xml|<!DOCTYPE|<nvidia_smi_log/);
  const before = text.slice(0, start < 0 ? undefined : start).trim();
  if (before !== '') problems.add('message', before);
  const root = start < 0 ? undefined : readXmlTree(text.slice(start), problems);
  const gpus = root === undefined ? [] : elementsAt(root, 'gpu');
  const timestamp = root === undefined ? undefined : textAt(root, 'timestamp');
  const driverVersion = root === undefined ? undefined : versionAt(root, 'driver_version', 'kmd_version');
  const cudaVersion = root === undefined ? undefined : versionAt(root, 'cuda_version', 'cuda_umd_version');
  const records = gpus.map((gpu, at) => readGpu(gpu, { at, timestamp, problems }));
  return {
    records,
    ...problems.result(),
    ...(driverVersion === undefined ? {} : { driverVersion }),
    ...(cudaVersion === undefined ? {} : { cudaVersion }),
  };
}

/** Under its older name, or its newer one where the older is gone or has become a sentence. */
function versionAt(root: XmlElement, ...paths: readonly string[]): string | undefined {
  return paths.map((path) => textAt(root, path)).find((text) => /^\d[\d.]*$/.test(text ?? ''));
}

interface Context {
  readonly at: number;
  readonly timestamp: string | undefined;
  readonly problems: ProblemList;
}

function readGpu(gpu: XmlElement, { at, timestamp, problems }: Context): SmiRecord {
  const builder = new RecordBuilder(problems);
  for (const metric of SMI_METRICS) {
    for (const path of metric.xmlPaths) {
      const text = textAt(gpu, path);
      if (text !== undefined) builder.readField({ text, metric });
    }
  }
  readReasons(gpu, builder);
  readEccSums(gpu, builder);
  readProcesses(gpu, builder);
  readMigMemory(gpu, builder);
  for (const path of ['gpu_power_readings/power_draw', 'power_readings/power_draw']) {
    const text = textAt(gpu, path);
    if (text !== undefined) builder.addOther('power.draw', text);
  }
  if (hasLostText(gpu)) builder.markLost();
  return builder.finish(
    gpuFrom({
      // Printed in the order of the index, which no element names.
      index: String(at),
      uuid: textAt(gpu, 'uuid'),
      pciBusId: textAt(gpu, 'pci/pci_bus_id') ?? gpu.attributes['id'],
      name: textAt(gpu, 'product_name'),
    }),
    timestamp,
  );
}

function readReasons(gpu: XmlElement, builder: RecordBuilder): void {
  const parent = elementsAt(gpu, 'clocks_event_reasons')[0] ?? elementsAt(gpu, 'clocks_throttle_reasons')[0];
  let mask = 0;
  let known = false;
  for (const { name, text } of parent?.children ?? []) {
    const bit = REASON_BITS[name.replace(/^clocks_(event|throttle)_reasons?_/, '')];
    if (bit === undefined || !/^(not )?active$/i.test(text)) continue;
    known = true;
    if (/^active$/i.test(text)) mask |= bit;
  }
  if (known) builder.addReading('clocks_event_reasons_mask', mask);
}

/** Since v11 ECC counts stand per memory (SRAM parity, SRAM SEC-DED, DRAM) without a total; NVML's total is their sum. */
function readEccSums(gpu: XmlElement, builder: RecordBuilder): void {
  const counts = elementsAt(gpu, 'ecc_errors/aggregate').flatMap((each) => each.children);
  for (const [metric, pattern] of [
    ['ecc_corrected_count', /^[sd]ram_correctable$/],
    ['ecc_uncorrected_count', /^[sd]ram_uncorrectable(_parity|_secded)?$/],
  ] as const) {
    const values = counts
      .filter((each) => pattern.test(each.name))
      .map((each) => readQuantity(each.text, 'count', ''))
      .flatMap((each) => (each.kind === 'value' ? [each.value] : []));
    if (values.length > 0)
      builder.addReading(
        metric,
        values.reduce((sum, each) => sum + each),
      );
  }
}

function readProcesses(gpu: XmlElement, builder: RecordBuilder): void {
  const list = elementsAt(gpu, 'processes')[0];
  if (list === undefined) return;
  const processes = elementsAt(list, 'process_info');
  if (processes.length > 0 || list.text === '' || /^none$/i.test(list.text)) {
    builder.addReading('process_count', processes.length);
  }
  for (const process of processes) {
    const pid = textAt(process, 'pid') ?? '';
    const text = textAt(process, 'used_memory');
    if (/^\d{1,10}$/.test(pid) && text !== undefined) {
      builder.readField({ text, metric: PROCESS_MEMORY, subId: Number(pid) });
    }
  }
}

function readMigMemory(gpu: XmlElement, builder: RecordBuilder): void {
  const memory = SMI_METRICS.filter((each) =>
    each.xmlPaths.some((path) => path.startsWith('fb_memory_usage/')),
  );
  for (const device of elementsAt(gpu, 'mig_devices/mig_device')) {
    const instance = textAt(device, 'gpu_instance_id') ?? '';
    if (!/^\d{1,3}$/.test(instance)) continue;
    for (const metric of memory) {
      const text = textAt(device, metric.xmlPaths[0] ?? '');
      if (text !== undefined) builder.readField({ text, metric, subId: Number(instance) + 1 });
    }
  }
}

function hasLostText(element: XmlElement): boolean {
  return /\bgpu is lost\b/i.test(element.text) || element.children.some(hasLostText);
}

import { linkUrlOf } from '../agent-access.js';
import type { FlagReader } from '../flag-reader.js';

/** One engine of those that serve a run: the GPUs that are its ranks, as its agent knows them. */
export interface ServingReplica {
  readonly agentUrl: string;
  /** By index or UUID, in order of rank. */
  readonly gpus: readonly string[];
}

const FLAG = '--replica';
const GPU = /^(?:\d{1,5}|(?:GPU|MIG)-[0-9a-fA-F-]{1,64})$/;

/** Each use of `--replica`: `0,1`, or `ws://gpu-1:7420#0,1` where there are several agents. */
export function readReplicas(
  reader: FlagReader,
  texts: readonly string[],
  agentUrls: readonly string[],
): readonly ServingReplica[] {
  if (texts.length > 0 && agentUrls.length === 0) reader.problem(FLAG, 'expected --agent beside it');
  const replicas = texts.flatMap((text) => replicaOf(reader, text, agentUrls) ?? []);
  const taken = new Set<string>();
  for (const { agentUrl, gpus } of replicas)
    for (const gpu of gpus) {
      const key = `${agentUrl}#${gpu}`;
      if (taken.has(key)) reader.problem(FLAG, `expected each GPU in one replica but received ${gpu} again`);
      taken.add(key);
    }
  return replicas;
}

function replicaOf(
  reader: FlagReader,
  text: string,
  agentUrls: readonly string[],
): ServingReplica | undefined {
  const hash = text.lastIndexOf('#');
  const gpus = text
    .slice(hash + 1)
    .split(',')
    .map((gpu) => gpu.trim());
  if (!gpus.every((gpu) => GPU.test(gpu)))
    return reader.problem(FLAG, `expected indexes or UUIDs of GPUs, such as 0,1, but received "${text}"`);
  if (hash < 0) {
    const [only, ...others] = agentUrls;
    if (only !== undefined && others.length > 0)
      return reader.problem(FLAG, `expected one of ${agentUrls.join(', ')} and # before ${text}`);
    return only === undefined ? undefined : { agentUrl: only, gpus };
  }
  const agentUrl = linkUrlOf(text.slice(0, hash));
  if (agentUrls.length > 0 && !agentUrls.includes(agentUrl))
    return reader.problem(FLAG, `expected one of ${agentUrls.join(', ')} before # but received "${text}"`);
  return { agentUrl, gpus };
}

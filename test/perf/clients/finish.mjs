import { writeFileSync } from 'node:fs';

/**
 * Prints the CPU time since `startUsage` and writes the stamps: one row a token, `response_id,token_index,stamp_mono_ns` and, where there is
 * one, the bound of its error.
 *
 * @param {{ out: string; startUsage: NodeJS.ResourceUsage; streams: readonly { responseId: string; stampsNs: readonly (bigint | number)[]; boundsNs?: readonly number[] }[] }} measured
 */
export function finish({ out, startUsage, streams }) {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const cpuUs = userCPUTime + systemCPUTime - startUsage.userCPUTime - startUsage.systemCPUTime;
  const rows = streams.map(({ responseId, stampsNs, boundsNs }) =>
    stampsNs
      .map((stampNs, index) => {
        const bound = boundsNs === undefined ? '' : `,${boundsNs[index]}`;
        return `${responseId},${index},${stampNs}${bound}\n`;
      })
      .join(''),
  );
  writeFileSync(out, rows.join(''));
  console.log(JSON.stringify({ cpu_us: cpuUs }));
}

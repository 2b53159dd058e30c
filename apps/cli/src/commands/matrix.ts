import type { Command } from 'commander';
import type { CliContext } from '../cli-context.js';
import { capacitySearch } from '../matrix/capacity-search.js';
import { executeMatrix, type MatrixFlags } from '../matrix/execute-matrix.js';
import type { RegisterCommand } from '../register-command.js';

const EXAMPLES = `
Examples:
  Two scheduling policies under two SLOs, on simulated engines that are started and stopped for it:
    fluidscope matrix examples/matrix/policies.yaml -o policies
  Go on after a kill, or after more engines, workloads or SLOs were written into the file: finished cells are not run again
    fluidscope matrix examples/matrix/policies.yaml -o policies
  Try again what failed:
    fluidscope matrix examples/matrix/policies.yaml -o policies --retry-failed

A file names engines (with launch: an engine to start, or url:), models, workloads and slos; every combination is a cell, and each cell a
search of "fluidscope capacity". An entry's further keys are flags of that command, without their dashes:

  engines:
    - { name: vLLM, launch: vllm, args: "--max-num-seqs 64" }
    - { name: hosted, url: "https://api.example.com/v1" }
  models: [meta-llama/Llama-3.1-8B-Instruct]
  workloads:
    - { name: chat, isl: "lognormal:512,256", osl: 128 }
  slos:
    - { name: fluid, slo: "fluidity>=0.9@99%" }
  search: { precision: "5%" }

In the folder: matrix.html (one offline page), matrix.md, matrix.json, the points of each search, the engines' logs.

Exit status: 0 every cell is answered; 1 a cell failed (the others are kept); 2 a wrong file or flags.`;

/** `fluidscope matrix`: capacities of engines, models and workloads under SLOs. */
export const registerMatrixCommand: RegisterCommand = (program: Command, context: CliContext) => {
  program
    .command('matrix')
    .argument('<file>', 'YAML file of engines, models, workloads and SLOs')
    .description(
      'Search the capacity of every combination of engine, model, workload and SLO; one table, one chart.',
    )
    .option('-o, --output <folder>', 'results, page, points and logs (default: the file’s name with .matrix)')
    .option('--retry-failed', 'search cells again that failed before')
    .option('--json', 'print the results as JSON on stdout')
    .option('--quiet', 'no progress on stderr')
    .addHelpText('after', EXAMPLES)
    .action((path: string, flags: MatrixFlags) =>
      executeMatrix(path, flags, { context, search: capacitySearch }),
    );
};

/** How long and over how many GPUs: SAMPLER_BENCH_SECONDS (60) and SAMPLER_BENCH_GPUS (8); told to both libraries by the environment. */
export function simulatedGpus() {
  const { SAMPLER_BENCH_SECONDS = '60', SAMPLER_BENCH_GPUS = '8' } = process.env;
  process.env.FAKE_NVML_GPUS = SAMPLER_BENCH_GPUS;
  process.env.FLUIDSCOPE_NVML_SIM_BOARDS ??= `h100:${SAMPLER_BENCH_GPUS}`;
  return { seconds: Number(SAMPLER_BENCH_SECONDS), gpus: Number(SAMPLER_BENCH_GPUS) };
}

export { FlagReader } from '@fluidscope/flag-reader';

import { FluidscopeError } from '@fluidscope/errors';
import {
  EXPORT_FORMATS,
  exportTrace,
  TRACE_VIEW_NAMES,
  type ExportedFile,
  type ExportOptions,
} from '@fluidscope/trace-store';
import type { CliContext } from '../cli-context.js';
import { ExportProgressLine } from '../export-progress-line.js';
import { FlagReader } from '../flag-reader.js';
import type { RegisterCommand } from '../program.js';

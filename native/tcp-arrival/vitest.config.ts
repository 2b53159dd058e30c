import { defineProject, mergeConfig } from 'vitest/config';
import shared, { alone } from '../../vitest.shared.js';

export default mergeConfig(shared, defineProject({ test: { name: 'tcp-arrival', ...alone } }));

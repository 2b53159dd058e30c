import { defineProject, mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.js';

/** What is written in C++, by its own tests under the sanitizers, and its declarations beside NVIDIA's. */
export default mergeConfig(shared, defineProject({ test: { name: 'native' } }));

import { UsageError } from '@fluidscope/errors';
import type { LoadPlan } from './plan.js';

/**
 * One of `shardCount` parts of a whole plan: every `shardCount`-th request from `shardIndex` on, with its own number and
 * time. In a closed loop the slots are dealt out alike, the first shards taking what is left over; all parts together
 * are the whole. Throws a `UsageError` for an index that is not one of the parts, and for more parts than slots: a part
 * without a slot would never send its requests.
 */
export function shardPlan(plan: LoadPlan, shardIndex: number, shardCount: number): LoadPlan {
  const problems = shardProblems(plan, shardIndex, shardCount);
  if (problems.length > 0) throw new UsageError(problems, { code: 'workload.shard' });
  const share = (total: number): number => Math.ceil((total - shardIndex) / shardCount);
  return {
    *requests() {
      for (const request of plan.requests()) {
        if (request.requestIndex % shardCount === shardIndex) yield request;
      }
    },
    concurrencyCount: plan.concurrencyCount === undefined ? undefined : share(plan.concurrencyCount),
    get requestCount() {
      return plan.requestCount === undefined ? undefined : Math.max(0, share(plan.requestCount));
    },
  };
}

function shardProblems(plan: LoadPlan, shardIndex: number, shardCount: number): readonly string[] {
  if (!Number.isSafeInteger(shardCount) || shardCount < 1) {
    return [`Expected a whole number from 1 for shardCount but received ${shardCount}`];
  }
  const problems: string[] = [];
  if (!Number.isSafeInteger(shardIndex) || shardIndex < 0 || shardIndex >= shardCount) {
    problems.push(
      `Expected a whole number from 0 to ${shardCount - 1} for shardIndex but received ${shardIndex}`,
    );
  }
  if (plan.concurrencyCount !== undefined && plan.concurrencyCount < shardCount) {
    problems.push(
      `Expected at most ${plan.concurrencyCount} for shardCount, one for each slot of the closed loop, but received ${shardCount}`,
    );
  }
  return problems;
}

import { expect, it } from 'vitest';
import type { LoadPlan } from '@fluidscope/workload';
import { RequestsAhead } from './requests-ahead.js';
import { planOf } from './testing/planned-requests.js';

function watched(plan: LoadPlan): { readonly plan: LoadPlan; readonly built: number[] } {
  const built: number[] = [];
  const requests = [...plan.requests()].map((request) => ({
    ...request,
    buildPrompt: () => {
      built.push(request.requestIndex);
      return request.buildPrompt();
    },
  }));
  return { plan: { ...plan, requests: () => requests }, built };
}

function prepareAll(
  requests: RequestsAhead,
  isUrgent?: (planned: unknown, position: number) => boolean,
): void {
  while (requests.prepareOne(isUrgent));
}

it('gives the plan’s requests in order, worked out once each or not at all', () => {
  const { plan, built } = watched(planOf([0, 1, 2]));
  const requests = new RequestsAhead(plan);
  expect(requests.peek()?.planned.requestIndex).toBe(0);
  expect(requests.prepareOne()).toBe(true);
  expect(requests.prepareOne()).toBe(true);
  const taken = [requests.take(), requests.take(), requests.take()];
  expect(taken.map((request) => request?.planned.requestIndex)).toEqual([0, 1, 2]);
  expect(built).toEqual([0, 1]);
  taken[0]?.prepare();
  taken[2]?.prepare();
  expect(built).toEqual([0, 1, 2]);
  expect([requests.peek(), requests.take(), requests.prepareOne()]).toEqual([undefined, undefined, false]);
});

it('holds 64 ready, more where they are urgent, and makes room when one is taken', () => {
  const { plan, built } = watched(planOf(Array<number>(500).fill(0)));
  const requests = new RequestsAhead(plan);
  prepareAll(requests);
  expect(built).toHaveLength(64);
  requests.take();
  prepareAll(requests);
  expect(built).toHaveLength(65);
  prepareAll(requests, (_, position) => position < 200);
  expect(built).toHaveLength(201);
});

it('stops before the prompts it holds fill the memory', () => {
  const long = 'x'.repeat(2 ** 22);
  const plan = planOf(Array<number>(500).fill(0));
  const requests = new RequestsAhead({
    ...plan,
    *requests() {
      for (const request of plan.requests())
        yield { ...request, buildPrompt: () => ({ kind: 'text', text: long }) };
    },
  });
  let preparedCount = 0;
  while (requests.prepareOne(() => true)) preparedCount += 1;
  expect(preparedCount).toBe(16);
  requests.take();
  expect(requests.prepareOne()).toBe(true);
});

it('ends the plan’s iteration when it is closed', () => {
  let isClosed = false;
  const plan = planOf([0, 1]);
  const requests = new RequestsAhead({
    ...plan,
    *requests() {
      try {
        yield* plan.requests();
      } finally {
        isClosed = true;
      }
    },
  });
  requests.peek();
  requests.close();
  expect(isClosed).toBe(true);
  expect(requests.take()).toBeUndefined();
});

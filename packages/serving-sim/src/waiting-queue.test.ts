import { expect, it } from 'vitest';
import { engineNs } from './engine-time.js';
import { newSequence } from './sequence.js';
import { WaitingQueue } from './waiting-queue.js';

function sequence(atNs: number) {
  return newSequence(
    { promptTokens: 1, outputTokens: 1 },
    {
      arrivedNs: engineNs(atNs),
      heldNs: 0,
      drawKey: 0,
    },
  );
}

it('shows an arrival only once it has arrived', () => {
  const queue = new WaitingQueue();
  const later = sequence(10);
  queue.append(later);
  expect(queue.head(engineNs(9))).toBeUndefined();
  expect(queue.first()).toBe(later);
  expect(queue.head(engineNs(10))).toBe(later);
  expect([queue.arrivedCount(engineNs(9)), queue.arrivedCount(engineNs(10))]).toEqual([0, 1]);
});

it('lets preempted requests resume in the order of their admission, before newcomers', () => {
  const queue = new WaitingQueue();
  const [first, second, third] = [sequence(0), sequence(1), sequence(2)];
  queue.append(third);
  queue.returnPreempted(second);
  queue.returnPreempted(first);
  const order = [0, 1, 2].map(() => {
    const next = queue.first();
    queue.removeFirst();
    return next;
  });
  expect(order).toEqual([first, second, third]);
  expect(queue.first()).toBeUndefined();
});

it('drops cancelled requests, and thousands that are done', () => {
  const queue = new WaitingQueue();
  const sequences = Array.from({ length: 5_000 }, (_, index) => sequence(index));
  sequences.forEach((each) => queue.append(each));
  sequences.slice(0, 4_000).forEach((each, index) => {
    if (index % 2 === 0) each.isCancelled = true;
    else queue.removeFirst();
  });
  expect(queue.first()).toBe(sequences[4_000]);
  expect(queue.arrivedCount(engineNs(4_099))).toBe(100);
});

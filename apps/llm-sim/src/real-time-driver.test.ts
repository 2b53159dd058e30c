import { createFixedScheduleEngine, engineNs, type EngineRequest } from '@fluidscope/serving-sim';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EngineClock } from './engine-clock.js';
import { RealTimeDriver } from './real-time-driver.js';

const MS = 1_000_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function drive(ttftMs: number, tbtMs: number) {
  const engine = createFixedScheduleEngine<EngineRequest>({
    ttftNs: ttftMs * MS,
    tbtNs: tbtMs * MS,
    maxModelTokens: 1_000,
  });
  const clock = new EngineClock();
  const handed: { dueMs: number; atMs: number }[] = [];
  const driver = new RealTimeDriver(engine, clock, ({ iteration }) =>
    handed.push({ dueMs: iteration.endNs / MS, atMs: clock.nowNs() / MS }),
  );
  return { driver, clock, handed };
}

it('hands events over when they are due', () => {
  const { driver, clock, handed } = drive(100, 20);
  driver.submit({ promptTokens: 1, outputTokens: 3 }, clock.nowNs());
  vi.advanceTimersByTime(99);
  expect(handed).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(handed).toEqual([
    { dueMs: 100, atMs: 100 },
    { dueMs: 120, atMs: 120 },
    { dueMs: 140, atMs: 140 },
  ]);
});

it('catches up after a stall of the process without shifting what comes after', () => {
  const { driver, clock, handed } = drive(10, 20);
  driver.submit({ promptTokens: 1, outputTokens: 5 }, clock.nowNs());
  vi.advanceTimersByTime(10);
  const nowNs = vi.spyOn(clock, 'nowNs');
  nowNs.mockReturnValue(engineNs(75 * MS));
  vi.advanceTimersByTime(20);
  nowNs.mockRestore();
  vi.advanceTimersByTime(60);
  expect(handed.map(({ dueMs }) => dueMs)).toEqual([10, 30, 50, 70, 90]);
  expect(handed.at(-1)?.atMs).toBe(90);
});

it('hands over what is due, and no more, when asked to before its timer fires', () => {
  const { driver, clock, handed } = drive(10, 20);
  driver.submit({ promptTokens: 1, outputTokens: 5 }, clock.nowNs());
  const nowNs = vi.spyOn(clock, 'nowNs').mockReturnValue(engineNs(55 * MS));
  driver.catchUp();
  expect(handed.map(({ dueMs }) => dueMs)).toEqual([10, 30, 50]);
  nowNs.mockRestore();
  vi.advanceTimersByTime(95);
  expect(handed.map(({ dueMs }) => dueMs)).toEqual([10, 30, 50, 70, 90]);
});

it('moves its timer up for an event that comes earlier', () => {
  const { driver, clock, handed } = drive(50, 1_000);
  driver.submit({ promptTokens: 1, outputTokens: 2 }, clock.nowNs());
  vi.advanceTimersByTime(60);
  driver.submit({ promptTokens: 1, outputTokens: 1 }, clock.nowNs());
  vi.advanceTimersByTime(60);
  expect(handed.map(({ dueMs, atMs }) => [dueMs, atMs])).toEqual([
    [50, 50],
    [110, 110],
  ]);
});

it('waits for what is months away', () => {
  const { driver, clock, handed } = drive(80 * 86_400_000, 20);
  driver.submit({ promptTokens: 1, outputTokens: 1 }, clock.nowNs());
  vi.advanceTimersByTime(3_600_000);
  expect([handed.length, vi.getTimerCount()]).toEqual([0, 1]);
  vi.advanceTimersByTime(80 * 86_400_000);
  expect(handed).toEqual([{ dueMs: 80 * 86_400_000, atMs: 80 * 86_400_000 }]);
});

it('hands over nothing once stopped', () => {
  const { driver, clock, handed } = drive(50, 20);
  driver.submit({ promptTokens: 1, outputTokens: 2 }, clock.nowNs());
  driver.stop();
  vi.advanceTimersByTime(1_000);
  expect(handed).toEqual([]);
});

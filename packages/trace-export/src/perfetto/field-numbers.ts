/**
 * The part of Perfetto's trace format that is written here, by its field numbers: `protos/perfetto/trace/` of google/perfetto, whose numbers
 * never change. `test/interop/check_perfetto.py` reads what is written by Perfetto's own descriptors.
 */
export const TRACE_PACKET = 1;

export const PACKET = {
  timestamp: 8,
  sequenceId: 10,
  trackEvent: 11,
  internedData: 12,
  sequenceFlags: 13,
  trackDescriptor: 60,
} as const;

export const SEQUENCE_FLAGS = { incrementalStateCleared: 1, needsIncrementalState: 2 } as const;

export const TRACK_DESCRIPTOR = {
  uuid: 1,
  name: 2,
  parentUuid: 5,
  counter: 8,
  childOrdering: 11,
  siblingOrderRank: 12,
} as const;

export const CHILD_ORDERING = { explicit: 3 } as const;

export const COUNTER_DESCRIPTOR = { unitName: 6 } as const;

export const TRACK_EVENT = {
  categoryIids: 3,
  debugAnnotations: 4,
  type: 9,
  nameIid: 10,
  trackUuid: 11,
  name: 23,
  counterValue: 30,
  doubleCounterValue: 44,
} as const;

export const EVENT_TYPE = { sliceBegin: 1, sliceEnd: 2, instant: 3, counter: 4 } as const;

export const DEBUG_ANNOTATION = {
  nameIid: 1,
  boolValue: 2,
  intValue: 4,
  doubleValue: 5,
  stringValue: 6,
} as const;

export const INTERNED_DATA = { eventCategories: 1, eventNames: 2, debugAnnotationNames: 3 } as const;

export const INTERNED_STRING = { iid: 1, name: 2 } as const;

import { recordOf, type JsonRecord } from './json-fields.js';

/**
 * A JSON merge patch (RFC 7396): the patch's objects merge into the body's, anything else replaces, and
 * `null` takes a field out. So `{"stream_options": {"continuous_usage_stats": true}}` adds to what the client
 * asks for, and `{"max_tokens": null, "max_completion_tokens": 64}` renames a limit.
 */
export function mergeBody(body: JsonRecord, patch: JsonRecord): JsonRecord {
  const merged: Record<string, unknown> = { ...body };
  for (const [key, value] of Object.entries(patch)) {
    const object = recordOf(value);
    if (value === null) Reflect.deleteProperty(merged, key);
    else if (object === undefined) merged[key] = value;
    else merged[key] = mergeBody(recordOf(merged[key]) ?? {}, object);
  }
  return merged;
}

import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';

/** A protobuf timestamp as UTC ISO-8601. @throws Error when it is missing, which services never let happen */
export function isoTime(timestamp: Timestamp | undefined): string {
  if (!timestamp) throw new Error('the service left a time out');
  return timestampDate(timestamp).toISOString();
}

/** The name as one of the names that the API knows. @throws Error for any other */
export function oneOf<const N extends string>(names: readonly N[], name: string | undefined): N {
  const found = names.find((known) => known === name);
  if (found === undefined) throw new Error(`the service answered ${name ?? 'nothing'}; known are ${names.join(', ')}`);
  return found;
}

/** Empty protobuf strings mean "none". */
export function orNull(text: string): string | null {
  return text === '' ? null : text;
}

export interface FairLine<T> {
  size: () => number;
  push: (group: string, item: T) => void;
  /** Takes the next one out; groups take turns. */
  next: () => T | undefined;
  /** Takes this one out, if it is still there. */
  remove: (group: string, item: T) => void;
  /** The last one of the group that has most, unless the given group would have as many with one more. */
  richer: (group: string) => T | undefined;
}

/** A line in which a group that has many items waits for itself, and not before others. */
export function createFairLine<T>(): FairLine<T> {
  /** The group that comes first is the next one. */
  const groups = new Map<string, T[]>();
  let size = 0;
  const sizeOf = (group: string): number => groups.get(group)?.length ?? 0;
  const remove = (group: string, item: T): void => {
    const items = groups.get(group) ?? [];
    const place = items.indexOf(item);
    if (place < 0) return;
    items.splice(place, 1);
    size -= 1;
    if (items.length === 0) groups.delete(group);
  };
  return {
    size: () => size,
    push: (group, item) => {
      groups.set(group, [...(groups.get(group) ?? []), item]);
      size += 1;
    },
    next: () => {
      const [first] = groups;
      if (!first) return undefined;
      const [group, [item, ...rest]] = first;
      groups.delete(group);
      if (rest.length > 0) groups.set(group, rest);
      size -= 1;
      return item;
    },
    remove,
    richer: (group) => {
      const longest = [...groups.values()].reduce<T[]>((most, items) => (items.length > most.length ? items : most), []);
      return longest.length > sizeOf(group) + 1 ? longest.at(-1) : undefined;
    },
  };
}

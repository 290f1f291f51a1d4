export function suitsNode(version: string, range: string): boolean;

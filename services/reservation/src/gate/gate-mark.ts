/** An opaque place in the gate list of a performance: behind the change with this number. */
export function encodeMark(performanceId: string, seq: number): string {
  return Buffer.from(`${performanceId} ${seq}`).toString('base64url');
}

/** The number in a mark; undefined for one that is malformed or of another performance. */
export function decodeMark(performanceId: string, mark: string): number | undefined {
  const [owner, seq = ''] = Buffer.from(mark, 'base64url').toString().split(' ');
  return owner === performanceId && /^\d{1,15}$/.test(seq) ? Number(seq) : undefined;
}

import { z } from 'zod';

/** The called service, its sidecar or the network failed; whether the call took effect is not known. */
export class InvocationFailed extends Error {
  override readonly name = 'InvocationFailed';
  readonly appId: string;
  readonly status: number;
  /** The Connect code, for example `internal`, when it was the service itself that answered. */
  readonly code: string | undefined;
  constructor(appId: string, method: string, status: number, reason: string) {
    super(`${appId} ${method} failed: ${status} ${reason.slice(0, 200)}`);
    this.appId = appId;
    this.status = status;
    this.code = connectCode(reason);
  }
}

const connectError = z.object({ code: z.string() });

function connectCode(body: string): string | undefined {
  try {
    return connectError.safeParse(JSON.parse(body)).data?.code;
  } catch {
    return undefined;
  }
}

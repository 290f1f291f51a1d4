/** What the scripts here use of k6, which brings these modules itself. */
declare module 'k6/http' {
  export interface Answer {
    readonly status: number;
    /** @param selector a path, such as `items.0.id` */
    json: (selector: string) => string | number | boolean | null | undefined;
  }

  interface Params {
    headers: Readonly<Record<string, string>>;
    tags: Readonly<Record<string, string>>;
  }

  const http: {
    asyncRequest: (method: string, url: string, body: string | null, params: Params) => Promise<Answer>;
  };
  export default http;
}

declare module 'k6' {
  export function sleep(seconds: number): void;
  export function check<T>(value: T, conditions: Readonly<Record<string, (value: T) => boolean>>): boolean;
}

declare const __ENV: Readonly<Record<string, string | undefined>>;
declare const __VU: number;

/** The languages that people are written to in. */
export const locales = ['ko', 'en'] as const;

export type Locale = (typeof locales)[number];

/** The language of that name; the first one for any other. */
export function toLocale(name: string): Locale {
  return locales.find((locale) => locale === name) ?? locales[0];
}

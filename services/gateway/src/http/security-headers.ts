import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Headers that keep browsers from doing more with an answer than they should. */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        scriptSrc: ["'self'"],
        // The API page sets styles from its script.
        styleSrc: ["'self'", "'unsafe-inline'"],
      },
    },
  });
}

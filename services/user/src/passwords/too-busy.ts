import { refuse } from '@ticketing/common/refusal';

/** Said at once, so that the client comes again when there is room. */
export const tooBusy = refuse('temporarily-unavailable', 'Too many people sign in at this moment.');

// Loaded into a service by NODE_OPTIONS=--import: its clock is off by SKEW_CLOCK_MS, as that of a badly kept machine is.
const offset = Number(process.env.SKEW_CLOCK_MS ?? 0);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + offset);
    else super(...args);
  }

  static now() {
    return RealDate.now() + offset;
  }
};

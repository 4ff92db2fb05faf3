// The elements of a time pattern, as data. Upholds promise 9: what a pattern does not say is a violation, never a guess.
//
// How elements are evaluated (java.time.format.DateTimeFormatterBuilder, "Adjacent value parsing"; locale en-US):
// - All elements must match in order and the whole text must be used. Matching is case-sensitive.
// - `number`: n = ASCII digits at the position, at most maxWidth + reserve of them; take max(minWidth, n − reserve), capped at
//   maxWidth; fewer than minWidth is no match. No signs: years are 0000 to 9999.
// - `optional`: if its elements do not all match, the position and the fields go back to where the section began.
// - Values must be in the range written on `TimeField`; the date must exist (2026-02-30 and 24:00 are no match, unlike the JDK's
//   "smart" resolver). Two elements for one field must agree. A day of week must agree with the date.
// - An hour is needed for a time; minute, second and fraction are 0 where absent. Without an offset or zone a timestamptz is UTC.

/** What a number or a text stands for, with the range of its values. */
export type TimeField =
  /** 0–9999; `y` and `u` are the same here: there are no years before 1 in `y`. */
  | 'year'
  /** 1–12. */
  | 'month'
  /** 1–31, and within the month. */
  | 'dayOfMonth'
  /** 1–366, and within the year. */
  | 'dayOfYear'
  /** `H`, 0–23. */
  | 'hour'
  /** `k`, 1–24, where 24 is hour 0. */
  | 'clockHour'
  /** `h`, 1–12, where 12 is hour 0 of the half day; with `ampm`. */
  | 'clockHourOfAmPm'
  /** `K`, 0–11; with `ampm`. */
  | 'hourOfAmPm'
  /** 0–59. */
  | 'minute'
  /** 0–59. */
  | 'second'
  /** `n`, 0–999999999. */
  | 'nanoOfSecond'
  /** Index into `values`: 0 AM, 1 PM. */
  | 'ampm'
  /** Index into `values`: 0 Monday … 6 Sunday. Only checked against the date. */
  | 'dayOfWeek';

export type TimeElement =
  | { readonly kind: 'literal'; readonly text: string }
  | {
      readonly kind: 'number';
      readonly field: TimeField;
      readonly minWidth: number;
      readonly maxWidth: number;
      /** Digits that belong to the fixed-width numbers directly behind this one: `yyyyMMdd` reserves 4 for the year. */
      readonly reserve: number;
    }
  /** `yy`, `uu`: exactly two digits, 2000–2099. */
  | { readonly kind: 'reducedYear'; readonly base: 2000 }
  /** `S…`: exactly `width` digits after the decimal point of a second; width 1–9. */
  | { readonly kind: 'fraction'; readonly width: number }
  /** One of `values`, the longest that matches. Month: value index + 1. */
  | { readonly kind: 'text'; readonly field: 'month' | 'dayOfWeek' | 'ampm'; readonly values: readonly string[] }
  /**
   * Offset from UTC: sign, two-digit hour, then by `minutes` and `seconds` `:`-separated or not. Within ±18:00.
   * `zero`: a text that also means offset 0 (`Z`, for X and ZZZZZ).
   */
  | {
      readonly kind: 'offset';
      readonly minutes: 'optional' | 'required';
      readonly seconds: 'never' | 'optional';
      readonly separator: '' | ':';
      readonly zero: 'Z' | undefined;
    }
  /** `z`, `VV`: one of `values`, all of which mean UTC. */
  | { readonly kind: 'zone'; readonly values: readonly string[] }
  | { readonly kind: 'optional'; readonly elements: readonly TimeElement[] };

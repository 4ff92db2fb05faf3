import { describe, expect, it } from 'vitest';
import { prime } from '../../../functions/land/prime.ts';
import type { Telemetry } from '../../../src/ports.ts';

function telemetry() {
  const lines: (readonly [string, unknown])[] = [];
  const given: Telemetry = { count: () => {}, log: (level, _message, fields) => void lines.push([level, fields?.['cause']]) };
  return { given, lines };
}

describe('what a function that lands does while it starts', () => {
  it('says nothing when it is done', () => {
    const { given, lines } = telemetry();
    prime(given);
    expect(lines).toEqual([]);
  });

  it('may fail: that is told, and the function starts', () => {
    const { given, lines } = telemetry();
    prime(given, () => {
      throw new RangeError('no memory');
    });
    expect(lines).toEqual([['error', 'RangeError']]);
  });
});

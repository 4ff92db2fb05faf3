// Seeded events of the landing benchmark: 17 fields, about 520 bytes of compact JSON, the shape of a mobile game's log. Variants: Korean
// text in four fields as `\u` escapes (what Python producers send), ten fields the contract does not name, one record in ten bad.
import { type Random, seededRandom } from '../../test/support/fuzz/random.ts';

export type EventKind = 'plain' | 'escaped' | 'undeclared' | 'bad';

export const EVENT_NAMES = [
  'session_start',
  'session_end',
  'stage_start',
  'stage_clear',
  'stage_fail',
  'iap_purchase',
  'ad_view',
  'screen_view',
  'button_click',
  'reward_claimed',
] as const;

const PLATFORMS = ['ios', 'android', 'android', 'web'];
const VERSIONS = ['4.12.0', '4.12.1', '4.13.0', '4.13.2', '4.14.0-beta'];
const MODELS = ['iPhone15,2', 'iPhone14,5', 'SM-S918B', 'SM-A546E', 'Pixel 8', 'Redmi Note 12', 'moto g54'];
const COUNTRIES = ['KR', 'US', 'JP', 'BR', 'DE', 'TR', 'IN', 'ID'];
const LANGUAGES = ['ko-KR', 'en-US', 'ja-JP', 'pt-BR', 'de-DE'];
const NETWORKS = ['admob', 'unity', 'applovin'];
const PLACES = ['대한민국 서울특별시', '부산광역시 해운대구', '제주특별자치도'];
const PHONES = ['갤럭시 에스 이십사', '아이폰 십오 프로', '픽셀 팔'];
const LANGUAGE_NAMES = ['한국어', '영어', '일본어'];
const HEROES = ['knight', 'archer', 'mage', 'healer'];
const KOREAN_HEROES = ['기사단장', '궁수', '마법사', '치유사'];

export interface Message {
  readonly value: Buffer;
  /** False for a value that no JSON parser takes. */
  readonly isJson: boolean;
}

/** The messages of one batch: consecutive events of one day, some out of order by seconds. The same for the same arguments. */
export function makeMessages(kind: EventKind, how: { readonly seed: number; readonly count: number }): Message[] {
  const random = seededRandom(how.seed);
  const world = makeWorld(random);
  const startMs = Date.UTC(2026, 2, 14, 9) + (how.seed % 12) * 600_000;
  const messages: Message[] = [];
  for (let i = 0; i < how.count; i++) {
    const event = makeEvent(random, world, { kind, timeMs: startMs + i * 40 + random.below(5000), sequence: how.seed * 1_000_000 + i });
    messages.push(kind === 'bad' && random.chance(10) ? spoil(random, event) : asMessage(event, kind));
  }
  return messages;
}

interface World {
  readonly devices: readonly { readonly user: string; readonly device: string; readonly session: string; readonly traits: number }[];
}

function makeWorld(random: Random): World {
  const devices = Array.from({ length: 900 }, () => ({
    user: `u${String(random.below(10_000_000)).padStart(8, '0')}`,
    device: hex(random, 32),
    session: hex(random, 16),
    traits: random.below(100_000),
  }));
  return { devices };
}

type Event = Record<string, unknown>;

function makeEvent(
  random: Random,
  world: World,
  at: { readonly kind: EventKind; readonly timeMs: number; readonly sequence: number },
): Event {
  const device = random.pick(world.devices);
  const isKorean = at.kind === 'escaped';
  const name = random.pick(EVENT_NAMES);
  const trait = <T>(list: readonly T[], stride: number): T => list[Math.floor(device.traits / stride) % list.length]!;
  const event: Event = {
    event_id: uuid(random),
    event_name: name,
    event_time: new Date(at.timeMs).toISOString(),
    user_id: device.user,
    device_id: device.device,
    session_id: device.session,
    platform: trait(PLATFORMS, 1),
    app_version: trait(VERSIONS, 10),
    device_model: trait(isKorean ? PHONES : MODELS, 7),
    os_version: `${13 + (device.traits % 5)}.${device.traits % 6}`,
    country: trait(isKorean ? PLACES : COUNTRIES, 3),
    language: trait(isKorean ? LANGUAGE_NAMES : LANGUAGES, 11),
    sequence: at.sequence,
    level: random.below(200),
    props: makeProps(random, name, isKorean),
  };
  if (name === 'iap_purchase')
    Object.assign(event, { revenue: (random.below(9_999) + 1) / 100, currency: random.pick(['KRW', 'USD', 'JPY']) });
  if (at.kind === 'undeclared') for (let i = 0; i < 10; i++) event[`extra_${i}`] = i % 2 === 0 ? random.below(1_000_000) : hex(random, 12);
  return event;
}

function makeProps(random: Random, name: string, isKorean: boolean): Event {
  const common = {
    stage: random.below(120),
    difficulty: random.pick(['easy', 'normal', 'hard', 'nightmare']),
    duration_ms: random.below(300_000),
    score: random.below(1_000_000),
    server: random.pick(['asia-1', 'asia-2', 'eu-1', 'us-1']),
    hero: random.pick(isKorean ? KOREAN_HEROES : HEROES),
  };
  if (name.startsWith('stage')) return { ...common, is_win: random.chance(2), fps_avg: random.below(6000) / 100 };
  if (name === 'ad_view') return { ...common, ad_network: random.pick(NETWORKS), placement: random.pick(['shop', 'end', 'bonus']) };
  return { ...common, gold: random.below(100_000), item_id: `item_${random.below(500)}`, quantity: 1 + random.below(9) };
}

function asMessage(event: Event, kind: EventKind): Message {
  const text = JSON.stringify(event);
  const escaped =
    kind === 'escaped' ? text.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`) : text;
  return { value: Buffer.from(escaped), isJson: true };
}

/** A record that the contract rejects; one kind of five is no JSON at all. */
function spoil(random: Random, event: Event): Message {
  const spoilers: readonly (() => Message)[] = [
    () => ({ value: asMessage(event, 'bad').value.subarray(0, 200 + random.below(200)), isJson: false }),
    () => asMessage({ ...event, event_id: undefined }, 'bad'),
    () => asMessage({ ...event, event_name: 'unheard_of' }, 'bad'),
    () => asMessage({ ...event, level: -1 - random.below(9) }, 'bad'),
    () => asMessage({ ...event, event_time: '2026-02-30T00:00:00Z' }, 'bad'),
  ];
  return random.pick(spoilers)();
}

function hex(random: Random, digits: number): string {
  let text = '';
  while (text.length < digits)
    text += random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, digits);
}

function uuid(random: Random): string {
  const digits = hex(random, 32);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`;
}

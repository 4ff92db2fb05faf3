#!/usr/bin/env node
// gamegen: a deterministic mobile-game event stream with its exact truth. Node >= 20, no dependencies.
// See README.md for the meaning of every option, field and number. `node gen.mjs --help` lists the options.
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';

const OPTIONS = {
  records: [1_000_000, 'records wanted, tombstones, bad and duplicate ones included (met within a few percent)'],
  days: [40, 'days in the stream'],
  users: [0, 'users (0: records / 60)'],
  seed: [42, 'seed; same options and seed give the same bytes'],
  start: ['2026-03-01', 'first day, UTC'],
  partitions: [6, 'Kafka partitions'],
  topic: ['game-events', 'topic'],
  bad: [0.008, 'share of events made bad, one defect each'],
  dup: [0.015, 'share of valid events sent again'],
  tomb: [0.0004, 'tombstones per event'],
  late: [0.03, 'share of sessions played offline and sent later'],
  v2day: [-1, 'day on which schema 2 starts to roll out (-1: days * 0.3)'],
  v3day: [-1, 'day on which schema 3 starts to roll out (-1: days * 0.65)'],
  format: ['records', 'records: one Kafka record a line; lambda: one MSK Lambda event a line; none: truth only'],
  batch: [500, 'records in one lambda event'],
  out: ['-', 'where the stream goes; - is standard output'],
  truth: ['', 'where the truth goes; empty: <out>.truth.json, or standard error'],
};

export const CURRENCIES = { USD: 2, EUR: 2, BRL: 2, INR: 2, TRY: 2, JPY: 0, KWD: 3 };
export const EVENT_NAMES = [
  'session_start',
  'session_end',
  'level_start',
  'level_complete',
  'level_fail',
  'iap_purchase',
  'refund',
  'ad_impression',
  'screen_view',
  'button_click',
  'reward_claimed',
  'app_crash',
  'heartbeat',
  'tutorial_step',
];
export const LIMITS = { futureMs: 600_000, oldMs: 30 * 86_400_000, bytes: 65_536, gapMs: 1_800_000 };

const DAY = 86_400_000,
  HOUR = 3_600_000,
  MINUTE = 60_000;
const NAME_WEIGHTS = [0, 0, 16, 11, 6, 0.9, 0.05, 15, 20, 18, 5, 0.4, 0, 4];
const PLATFORMS = ['ios', 'android', 'android', 'android', 'web'];
const MODELS = {
  ios: ['iPhone15,2', 'iPhone14,5', 'iPhone16,1', 'iPad13,4'],
  android: ['SM-S918B', 'SM-A546E', 'Pixel 8', 'Redmi Note 12', 'moto g54', 'CPH2557'],
  web: ['chrome', 'firefox', 'safari'],
};
const MEMORY = [2048, 3072, 4096, 6144, 8192, 12288];
const COUNTRIES = ['US', 'BR', 'IN', 'ID', 'MX', 'DE', 'FR', 'GB', 'JP', 'KR', 'TR', 'PH', 'VN', 'KW', 'ES', 'IT'];
const CURRENCY_OF = { BR: 'BRL', IN: 'INR', JP: 'JPY', TR: 'TRY', KW: 'KWD', DE: 'EUR', FR: 'EUR', ES: 'EUR', IT: 'EUR' };
const SCREENS = ['home', 'shop', 'map', 'inventory', 'settings', 'leaderboard', 'guild', 'battle_pass'];
const NICKS = ['"ana"', '"Zoë"', '"名無し"', '"x\\"y"', '"🐉slayer"', '"a\\\\b"', '"Ömer\\u00e7"', '"line\\nbreak"', '"bob"', '"O\'Neil"'];
export const BAD_KINDS = [
  'malformed_json',
  'not_object',
  'missing_event_id',
  'missing_event_time',
  'bad_timestamp',
  'future_time',
  'too_old',
  'unknown_event_name',
  'wrong_type',
  'negative_amount',
  'bad_currency',
  'unknown_schema_version',
  'invalid_utf8',
  'empty_value',
  'oversize',
];
const BAD_WEIGHTS = BAD_KINDS.map((kind) => (kind === 'oversize' ? 0.03 : 1));
const NO_BAD = new Set(['heartbeat']);

/** Small fast counter-based generator (sfc32), seeded from one integer. */
export function makeRandom(seed) {
  let a = seed >>> 0,
    b = 0x9e3779b9 ^ a,
    c = 0x243f6a88,
    d = 1;
  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 16; i++) next();
  return next;
}

const HEX = Array.from({ length: 256 }, (_, i) => (i + 256).toString(16).slice(1));
const TWO = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0'));
const dayNames = new Map();
const isoDay = (ms) => {
  const day = Math.floor(ms / DAY);
  let name = dayNames.get(day);
  if (!name) {
    name = new Date(day * DAY).toISOString().slice(0, 10);
    dayNames.set(day, name);
  }
  return name;
};
const iso = (ms) => {
  const t = ms - Math.floor(ms / DAY) * DAY,
    s = Math.floor(t / 1000),
    m = t - s * 1000;
  return `${isoDay(ms)}T${TWO[Math.floor(s / 3600)]}:${TWO[Math.floor(s / 60) % 60]}:${TWO[s % 60]}.${m > 99 ? m : m > 9 ? `0${m}` : `00${m}`}Z`;
};

/** 49900 (ten-thousandths) -> "4.9900" */
export function decimal4(units) {
  const sign = units < 0 ? '-' : '',
    abs = Math.abs(units),
    whole = Math.floor(abs / 10_000);
  return `${sign}${whole}.${String(abs - whole * 10_000).padStart(4, '0')}`;
}

function amountText(units, digits) {
  const text = decimal4(units);
  return digits === 0 ? text.slice(0, -5) : text.slice(0, text.length - (4 - digits));
}

function run(options) {
  const random = makeRandom(options.seed);
  const unit = () => random() / 4294967296;
  const below = (n) => Math.floor(unit() * n);
  const pick = (list) => list[below(list.length)];
  const chance = (p) => unit() < p;
  const picker = (weights) => {
    const sums = [];
    let total = 0;
    for (const weight of weights) {
      total += weight;
      sums.push(total);
    }
    return () => {
      const x = unit() * total;
      let i = 0;
      while (sums[i] <= x) i++;
      return i;
    };
  };
  const uuid = () => {
    const p = random(),
      q = random(),
      r = random(),
      s = random();
    const h = (x, n) => HEX[(x >>> n) & 255];
    return `${h(p, 24)}${h(p, 16)}${h(p, 8)}${h(p, 0)}-${h(q, 24)}${h(q, 16)}-4${h(q, 8)[1]}${h(q, 0)}-${'89ab'[r >>> 30]}${h(r, 16)[1]}${h(r, 8)}-${h(r, 0)}${h(s, 24)}${h(s, 16)}${h(s, 8)}${h(s, 0)}${HEX[(p ^ r) & 255]}`;
  };
  const pickName = picker(NAME_WEIGHTS),
    pickBad = picker(BAD_WEIGHTS);

  // ---- world ----
  const start = Date.parse(`${options.start}T00:00:00Z`),
    days = options.days;
  const users = options.users || Math.max(10, Math.round(options.records / 60));
  const v2day = options.v2day < 0 ? days * 0.3 : options.v2day,
    v3day = options.v3day < 0 ? days * 0.65 : options.v3day;
  const activeShare = (age) => (age === 0 ? 1 : 0.45 * age ** -0.55);
  const dayBias = 2,
    daySlots = days + 60,
    words = Math.ceil(daySlots / 32);
  const people = [],
    devices = [];
  const addDevice = (userIndex, country) => {
    const platform = pick(PLATFORMS),
      group = unit();
    const device = {
      id: uuid(),
      platform,
      model: pick(MODELS[platform]),
      memory: pick(MEMORY),
      os: `${13 + below(5)}.${below(6)}`,
      country,
      skew: group < 0.08 ? below(18 * MINUTE) - 9 * MINUTE : below(3000) - 1500,
      upgrade2: start + (v2day + unit() * unit() * days * 0.3) * DAY,
      upgrade3: start + (v3day + unit() * unit() * days * 0.3) * DAY,
      busyUntil: -Infinity,
      last: -Infinity,
      sessionStart: 0,
      user: userIndex,
      days: new Uint32Array(words),
      partition: 0,
      level: 1 + below(40),
      sequence: 0,
    };
    let hash = 2166136261;
    for (let i = 0; i < device.id.length; i++) hash = Math.imul(hash ^ device.id.charCodeAt(i), 16777619);
    device.partition = (hash >>> 0) % options.partitions;
    devices.push(device);
    return device;
  };
  let expectedSessions = 0;
  for (let i = 0; i < users; i++) {
    const country = COUNTRIES[Math.floor(unit() * unit() * COUNTRIES.length)];
    const installDay = Math.floor(unit() * days * 0.95);
    const person = {
      id: `u${100_000_000 + i * 7 + below(7)}`,
      install: installDay,
      days: new Uint32Array(words),
      devices: [addDevice(i, country)],
    };
    if (chance(0.15)) person.devices.push(addDevice(i, country));
    people.push(person);
    for (let day = installDay; day < days; day++) expectedSessions += activeShare(day - installDay) * 2;
  }
  const kiosks = Math.max(2, Math.round(users * 0.0005));
  const kioskEvents = kiosks * 480;
  const meanEvents = Math.max(2.2, (options.records / (1 + options.dup + options.tomb) - kioskEvents) / expectedSessions);

  // ---- truth ----
  const count = {},
    add = (table, key, n = 1) => {
      table[key] = (table[key] ?? 0) + n;
    };
  const truth = {
    options: { ...options, users, out: undefined, truth: undefined },
    limits: LIMITS,
    records: 0,
    value_bytes: 0,
    tombstones: 0,
    valid_unique: 0,
    by_kind: count,
    duplicates: { total: 0, exact: 0, resent: 0, conflicting: 0, by_gap: { le_1h: 0, le_24h: 0, le_7d: 0, gt_7d: 0 } },
    valid_by_schema_version: {},
    valid_by_event_name: {},
    valid_by_country: {},
    guest_events: 0,
    lateness: { ahead: 0, le_1m: 0, le_1h: 0, le_24h: 0, le_7d: 0, gt_7d: 0 },
    per_day: {},
    cohorts: {},
    sessions: {},
    revenue: {},
    devices: {},
    crashes_by_app_version: {},
    partitions: {},
  };
  const slot = () => ({ valid: 0, valid_corrected: 0, dau: 0, dad: 0, sessions: 0, session_ms: 0 });
  const perDay = Array.from({ length: daySlots }, slot);
  const revenue = Array.from({ length: daySlots }, () => ({}));
  const byPlatform = {};
  const sessions = {
    total: 0,
    total_ms: 0,
    max_ms: 0,
    single_event: 0,
    ge_7d: 0,
    by_length: { zero: 0, lt_1m: 0, lt_10m: 0, lt_1h: 0, lt_24h: 0, lt_7d: 0, ge_7d: 0 },
  };
  const dayIndex = (ms) => Math.floor((ms - start) / DAY) + dayBias;
  const setBit = (bits, index) => {
    bits[index >> 5] |= 1 << (index & 31);
  };
  const getBit = (bits, index) => (bits[index >> 5] >>> (index & 31)) & 1;
  const closeSession = (device) => {
    if (device.last === -Infinity) return;
    const length = device.last - device.sessionStart,
      day = perDay[dayIndex(device.sessionStart)];
    sessions.total++;
    sessions.total_ms += length;
    if (length > sessions.max_ms) sessions.max_ms = length;
    if (device.sessionEvents === 1) sessions.single_event++;
    day.sessions++;
    day.session_ms += length;
    const b = sessions.by_length;
    if (length === 0) b.zero++;
    else if (length < MINUTE) b.lt_1m++;
    else if (length < 10 * MINUTE) b.lt_10m++;
    else if (length < HOUR) b.lt_1h++;
    else if (length < DAY) b.lt_24h++;
    else if (length < 7 * DAY) b.lt_7d++;
    else {
      b.ge_7d++;
      sessions.ge_7d++;
    }
  };
  const countValid = (event, device, arrival) => {
    const t = event.time,
      day = dayIndex(t),
      corrected = t + arrival - event.sent;
    truth.valid_unique++;
    add(count, 'valid');
    perDay[day].valid++;
    perDay[dayIndex(corrected)].valid_corrected++;
    add(truth.valid_by_schema_version, event.version);
    add(truth.valid_by_event_name, event.name);
    add(truth.valid_by_country, device.country);
    if (event.user) setBit(people[device.user].days, day);
    else truth.guest_events++;
    setBit(device.days, day);
    if (t - device.last > LIMITS.gapMs) {
      closeSession(device);
      device.sessionStart = t;
      device.sessionEvents = 0;
    }
    device.last = t;
    device.sessionEvents++;
    if (event.currency) add(revenue[day], event.currency, event.units);
    const p = (byPlatform[device.platform] ??= { events: 0, fps_events: 0, fps_tenths: 0, battery_min_pct: 101, memory_mb_max: 0 });
    p.events++;
    p.fps_events++;
    p.fps_tenths += event.fps;
    if (event.battery < p.battery_min_pct) p.battery_min_pct = event.battery;
    if (event.version >= 2 && device.memory > p.memory_mb_max) p.memory_mb_max = device.memory;
    if (event.name === 'app_crash') add(truth.crashes_by_app_version, event.app);
    const late = arrival - t,
      l = truth.lateness;
    if (late < 0) l.ahead++;
    else if (late <= MINUTE) l.le_1m++;
    else if (late <= HOUR) l.le_1h++;
    else if (late <= DAY) l.le_24h++;
    else if (late <= 7 * DAY) l.le_7d++;
    else l.gt_7d++;
  };

  // ---- one event as JSON text, in the shape of its schema version ----
  const render = (e, device) => {
    const id = e.id === undefined ? '' : `"event_id":${e.id === null ? 'null' : `"${e.id}"`},`;
    const time = e.timeText ?? (e.version === 2 ? String(e.time) : `"${iso(e.time)}"`);
    const when = time === 'absent' ? '' : `"event_time":${time},`;
    const head = `{"schema_version":${e.version},${id}"event_name":"${e.name}",${when}"sent_at":${e.version === 2 ? e.sent : `"${iso(e.sent)}"`},"user_id":${e.user ? `"${e.user}"` : 'null'},"device_id":"${device.id}","session_id":"${e.session}",`;
    const where = `"platform":"${e.platformText}","app_version":"${e.app}",`;
    const props = `"level":${e.level},"fps":${e.fps / 10},"battery":${e.battery / 100},"props":{"screen":"${e.screen}","nick":${e.nick},"dwell_ms":${e.dwell}${e.extra}}`;
    if (e.version === 1) {
      const money = e.currency ? `,"revenue":${e.amount},"currency":"${e.currencyText}"` : '';
      return `${head}${where}"device_model":"${device.model}","os_version":"${device.os}","country":"${e.countryText}",${props}${money}}`;
    }
    const money = e.currency ? `,"price":{"amount":"${e.amount}","currency":"${e.currencyText}"}` : '';
    const hardware = `"device":{"model":"${device.model}","os":"${device.platform}","os_version":"${device.os}","memory_mb":${device.memory}},`;
    if (e.version === 2) return `${head}${where}${hardware}"country":"${e.countryText}",${props}${money}}`;
    return `${head}${where}${hardware}"geo":{"country":"${e.countryText}"},"sequence":${e.sequence},"experiments":${e.experiments},${props}${money}}`;
  };

  const price = (e, device) => {
    const currency = CURRENCY_OF[device.country] ?? 'USD',
      digits = CURRENCIES[currency];
    const base = pick([0.99, 1.99, 4.99, 9.99, 19.99, 49.99, 99.99]);
    e.currency = currency;
    e.units =
      digits === 0 ? Math.round(base * 150) * 10_000 : Math.round(base * 10 ** digits + (digits === 3 ? below(9) : 0)) * 10 ** (4 - digits);
    e.digits = digits;
  };

  const makeEvent = (device, trueTime, arrival, name, session, guest) => {
    const version = trueTime >= device.upgrade3 ? 3 : trueTime >= device.upgrade2 ? 2 : 1;
    const e = {
      version,
      id: uuid(),
      name,
      time: trueTime + device.skew,
      sent: arrival - 40 - below(900) + device.skew,
      timeText: undefined,
      user: guest ? null : people[device.user].id,
      session,
      app: ['3.14.2', '4.0.1', '5.2.0'][version - 1],
      platformText: device.platform,
      countryText: device.country,
      level: device.level,
      fps: 150 + below(451),
      battery: 1 + below(100),
      screen: pick(SCREENS),
      nick: pick(NICKS),
      dwell: below(90_000),
      extra: '',
      currency: null,
      currencyText: '',
      units: 0,
      digits: 2,
      amount: '',
      sequence: device.sequence++,
      experiments: '[]',
    };
    if (version === 3 && chance(0.4)) e.experiments = chance(0.5) ? '["shop_v2"]' : '["shop_v2","ads_low"]';
    if (name === 'level_complete') {
      device.level++;
      e.extra = `,"score":${below(2) ? below(1e6) : 2_147_483_648 + below(1e9)},"stars":${1 + below(3)}`;
    } else if (name === 'button_click') e.extra = `,"button":"btn_${below(40)}"`;
    else if (name === 'app_crash') e.extra = ',"stack":["main","render","draw"]';
    if (name === 'iap_purchase') price(e, device);
    else if (name === 'refund') {
      price(e, device);
      e.units = -e.units;
    } else if (name === 'ad_impression' && chance(0.6)) {
      e.currency = 'USD';
      e.units = 1 + below(300);
      e.digits = 4;
    }
    e.currencyText = e.currency ?? '';
    if (e.currency) e.amount = amountText(e.units, e.digits);
    if (chance(0.01)) {
      e.platformText = pick([
        device.platform.toUpperCase(),
        ` ${device.platform} `,
        device.platform[0].toUpperCase() + device.platform.slice(1),
      ]);
    }
    if (chance(0.01)) e.countryText = pick([device.country.toLowerCase(), `${device.country} `]);
    return e;
  };

  const spoil = (e, device, arrival, kind) => {
    switch (kind) {
      case 'missing_event_id':
        e.id = pick([undefined, null, '']);
        break;
      case 'missing_event_time':
        e.timeText = pick(['absent', 'null']);
        break;
      case 'bad_timestamp':
        e.timeText = pick(['"yesterday"', '"2026-13-45T00:00:00Z"', '"2026-02-30T10:00:00.000Z"', '""', '"12:30"', 'true', '{}']);
        break;
      case 'future_time':
        e.time = arrival + LIMITS.futureMs + 1 + (chance(0.5) ? below(HOUR) : below(400) * DAY);
        break;
      case 'too_old':
        e.time = arrival - LIMITS.oldMs - 1 - (chance(0.5) ? below(HOUR) : below(400) * DAY);
        break;
      case 'unknown_event_name':
        e.name = pick(['lvl_up!!', '', 'LevelStart', 'debug_ping']);
        break;
      case 'wrong_type':
        e.level = pick(['"seven"', '[7]', '{"n":7}', 'true', '7.5']);
        break;
      case 'negative_amount':
        e.name = 'iap_purchase';
        price(e, device);
        e.units = -e.units;
        e.amount = amountText(e.units, e.digits);
        e.currencyText = e.currency;
        break;
      case 'bad_currency':
        e.name = 'iap_purchase';
        price(e, device);
        e.amount = amountText(e.units, e.digits);
        e.currencyText = pick(['US$', 'ZZZ', '', 'DOLLAR']);
        break;
      case 'unknown_schema_version':
        e.version = pick([0, 4, 99]);
        break;
      case 'oversize':
        e.extra += `,"blob":"${'x'.repeat(70_000)}"`;
        break;
      default:
    }
    // versions outside 1..3 keep the newest shape
    const shaped =
      e.version >= 1 && e.version <= 3
        ? render(e, device)
        : render({ ...e, version: 3 }, device).replace('"schema_version":3', `"schema_version":${e.version}`);
    if (kind === 'malformed_json') return Buffer.from(shaped.slice(0, 20 + below(shaped.length - 40)));
    if (kind === 'not_object') return Buffer.from(pick([`[${shaped}]`, '"just text"', '42', 'null', 'true']));
    if (kind === 'empty_value') return Buffer.alloc(0);
    const bytes = Buffer.from(shaped);
    if (kind === 'invalid_utf8') bytes[bytes.indexOf('"session_id":"') + 14] = pick([0xff, 0xc0, 0x80, 0xed]);
    return bytes;
  };

  // ---- arrivals, released in time order a minute at a time ----
  const buckets = new Map(),
    minuteOf = (ms) => Math.floor((ms - start) / MINUTE);
  let order = 0,
    lastMinute = 0;
  const send = (arrival, device, value) => {
    const minute = minuteOf(arrival),
      record = { arrival, order: order++, device, value };
    const bucket = buckets.get(minute);
    if (bucket) bucket.push(record);
    else buckets.set(minute, [record]);
    if (minute > lastMinute) lastMinute = minute;
  };
  const offer = (device, trueTime, arrival, name, session, guest, steady) => {
    const e = makeEvent(device, trueTime, arrival, name, session, guest);
    if (!steady && !NO_BAD.has(name) && chance(options.bad)) {
      const kind = BAD_KINDS[pickBad()];
      add(count, kind);
      send(arrival, device, spoil(e, device, arrival, kind));
      return;
    }
    const text = render(e, device);
    send(arrival, device, text);
    countValid(e, device, arrival);
    if (chance(options.tomb)) {
      truth.tombstones++;
      send(arrival + below(1000), device, null);
    }
    if (!chance(options.dup)) return;
    const kind = unit(),
      far = unit(),
      d = truth.duplicates;
    const gap =
      far < 0.8
        ? 1 + below(10 * MINUTE)
        : far < 0.93
          ? HOUR + 1 + below(22 * HOUR)
          : far < 0.98
            ? DAY + 1 + below(5 * DAY)
            : 7 * DAY + 1 + below(4 * DAY);
    if (arrival + gap - e.time > LIMITS.oldMs) return; // a copy that late would be too old, not a duplicate
    d.total++;
    if (gap <= HOUR) d.by_gap.le_1h++;
    else if (gap <= DAY) d.by_gap.le_24h++;
    else if (gap <= 7 * DAY) d.by_gap.le_7d++;
    else d.by_gap.gt_7d++;
    if (kind < 0.6) {
      d.exact++;
      send(arrival + gap, device, text);
    } else if (kind < 0.95) {
      d.resent++;
      e.sent += gap;
      send(arrival + gap, device, render(e, device));
    } else {
      d.conflicting++;
      e.level += 1000;
      e.sent += gap;
      send(arrival + gap, device, render(e, device));
    }
  };
  const latency = () => {
    const x = unit();
    return x < 0.94 ? 200 + below(4800) : x < 0.995 ? 5000 + below(9 * MINUTE) : 10 * MINUTE + below(5 * HOUR);
  };
  const playSession = (device, begin) => {
    if (begin <= device.busyUntil) return;
    const planned = Math.max(1, Math.round(-Math.log(1 - unit()) * (meanEvents - 1.05) + 1.05)),
      session = uuid(),
      guest = chance(0.02);
    const times = [begin];
    const names = ['session_start'];
    let t = begin;
    for (let i = 1; i < planned; i++) {
      const x = unit();
      t +=
        x < 0.0006
          ? LIMITS.gapMs
          : x < 0.0012
            ? LIMITS.gapMs + 1
            : x < 0.02
              ? 5 * MINUTE + below(24 * MINUTE)
              : Math.floor(-Math.log(1 - unit()) * 40_000);
      times.push(t);
      names.push(i === planned - 1 && chance(0.7) ? 'session_end' : EVENT_NAMES[pickName()]);
    }
    device.busyUntil = t + 1;
    const reconnect = chance(options.late) ? t + (chance(0.7) ? below(6 * HOUR) : chance(0.8) ? below(3 * DAY) : below(24 * DAY)) : 0;
    for (let i = 0; i < planned; i++)
      offer(device, times[i], reconnect ? reconnect + 300 + i * 7 : times[i] + latency(), names[i], session, guest, false);
  };
  const playKiosk = (device, begin, long) => {
    if (begin <= device.busyUntil) return;
    const end = begin + (long ? 7 * DAY + HOUR + below(4 * DAY) : DAY + below(5 * DAY)),
      session = uuid();
    let t = begin;
    while (t < end) {
      offer(device, t, t + 200 + below(3000), 'heartbeat', session, false, true);
      t += 12 * MINUTE + below(18 * MINUTE);
    }
    device.busyUntil = t;
  };

  // ---- output ----
  const fd = options.format === 'none' ? -1 : options.out === '-' ? 1 : openSync(options.out, 'w');
  const offsets = new Array(options.partitions).fill(0);
  // Every line is ASCII (keys and values are base64), so text goes to the buffer as latin1.
  const page = Buffer.allocUnsafe(8_000_000),
    scratch = Buffer.allocUnsafe(300_000);
  let used = 0,
    batch = {},
    inBatch = 0;
  const flushPage = () => {
    for (let at = 0; at < used; ) at += writeSync(fd, page, at, used - at);
    used = 0;
  };
  const line = (text) => {
    if (used + text.length + 1 > page.length) flushPage();
    if (text.length + 1 > page.length) {
      const whole = Buffer.from(`${text}\n`, 'latin1');
      for (let at = 0; at < whole.length; ) at += writeSync(fd, whole, at);
      return;
    }
    used += page.latin1Write(text, used);
    page[used++] = 10;
  };
  const flushBatch = () => {
    if (!inBatch) return;
    const groups = Object.entries(batch)
      .map(([key, records]) => `"${key}":[${records.join(',')}]`)
      .join(',');
    line(
      `{"eventSource":"aws:kafka","eventSourceArn":"arn:aws:kafka:eu-west-1:000000000000:cluster/gamegen/0","bootstrapServers":"localhost:9092","records":{${groups}}}`,
    );
    batch = {};
    inBatch = 0;
  };
  const keys = new Map();
  const write = ({ arrival, device, value }) => {
    truth.records++;
    const offset = offsets[device.partition]++;
    let encoded = null;
    if (typeof value === 'string') {
      const length = scratch.utf8Write(value, 0);
      truth.value_bytes += length;
      if (fd >= 0) encoded = scratch.base64Slice(0, length);
    } else if (value !== null) {
      truth.value_bytes += value.length;
      if (fd >= 0) encoded = value.base64Slice(0, value.length);
    }
    if (fd < 0) return;
    let key = keys.get(device.id);
    if (!key) {
      key = Buffer.from(device.id).toString('base64');
      keys.set(device.id, key);
    }
    const text = `{"topic":"${options.topic}","partition":${device.partition},"offset":${offset},"timestamp":${arrival},"timestampType":"LOG_APPEND_TIME","key":"${key}","value":${encoded === null ? 'null' : `"${encoded}"`},"headers":[]}`;
    if (options.format === 'records') {
      line(text);
      return;
    }
    (batch[`${options.topic}-${device.partition}`] ??= []).push(text);
    if (++inBatch >= options.batch) flushBatch();
  };
  const release = (minute) => {
    const bucket = buckets.get(minute);
    if (!bucket) return;
    buckets.delete(minute);
    bucket.sort((x, y) => x.arrival - y.arrival || x.order - y.order);
    for (const record of bucket) write(record);
  };

  // ---- the run: plan a day's sessions, then play it minute by minute ----
  const kioskStarts = Array.from({ length: kiosks }, (_, i) => ({
    device: devices[below(devices.length)],
    at: start + below(Math.max(1, days - 12)) * DAY + below(DAY),
    long: i % 3 < 2,
  }));
  for (let day = 0; day < days; day++) {
    const plan = Array.from({ length: 1440 }, () => []);
    for (const person of people) {
      const age = day - person.install;
      if (age < 0 || !chance(activeShare(age))) continue;
      for (let n = 1 + below(3); n > 0; n--) {
        const evening = chance(0.6) ? 960 + below(480) : below(1440);
        plan[evening].push(person.devices[person.devices.length > 1 && chance(0.4) ? 1 : 0]);
      }
    }
    for (let minute = 0; minute < 1440; minute++) {
      const now = start + day * DAY + minute * MINUTE;
      for (const kiosk of kioskStarts) if (kiosk.at >= now && kiosk.at < now + MINUTE) playKiosk(kiosk.device, kiosk.at, kiosk.long);
      for (const device of plan[minute]) playSession(device, now + below(MINUTE));
      release(day * 1440 + minute);
    }
  }
  for (let minute = days * 1440; minute <= lastMinute; minute++) release(minute);
  if (fd >= 0) {
    flushBatch();
    flushPage();
    if (fd > 1) closeSync(fd);
  }

  // ---- close the truth ----
  for (const device of devices) closeSession(device);
  const popcount = (bits) => {
    let n = 0;
    for (let w of bits)
      while (w) {
        w &= w - 1;
        n++;
      }
    return n;
  };
  const lastFull = days - 1 + dayBias;
  const cohorts = {};
  let activeUsers = 0;
  for (const { days: bits } of people) {
    let first = -1;
    for (let i = 0; i < daySlots; i++)
      if (getBit(bits, i)) {
        if (first < 0) first = i;
        perDay[i].dau++;
      }
    if (first < 0) continue;
    activeUsers++;
    const c = (cohorts[first] ??= { size: 0, d1: 0, d7: 0, d30: 0 });
    c.size++;
    for (const n of [1, 7, 30]) if (first + n < daySlots && getBit(bits, first + n)) c[`d${n}`]++;
  }
  let activeDevices = 0;
  for (const { days: bits } of devices) {
    for (let i = 0; i < daySlots; i++) if (getBit(bits, i)) perDay[i].dad++;
    if (popcount(bits)) activeDevices++;
  }
  const name = (index) => isoDay(start + (index - dayBias) * DAY);
  perDay.forEach((d, i) => {
    if (d.valid || d.valid_corrected) truth.per_day[name(i)] = d;
  });
  revenue.forEach((table, i) => {
    const entries = Object.keys(table)
      .sort()
      .map((currency) => [currency, decimal4(table[currency])]);
    if (entries.length) truth.revenue[name(i)] = Object.fromEntries(entries);
  });
  for (const key of Object.keys(cohorts)
    .map(Number)
    .sort((a, b) => a - b)) {
    const c = cohorts[key];
    truth.cohorts[name(key)] = {
      size: c.size,
      d1: key + 1 <= lastFull ? c.d1 : null,
      d7: key + 7 <= lastFull ? c.d7 : null,
      d30: key + 30 <= lastFull ? c.d30 : null,
    };
  }
  truth.sessions = sessions;
  truth.devices = { by_platform: byPlatform, active_users: activeUsers, active_devices: activeDevices };
  truth.partitions = Object.fromEntries(offsets.map((n, i) => [i, n]));
  const sorted = (table) => Object.fromEntries(Object.entries(table).sort(([x], [y]) => (x < y ? -1 : 1)));
  for (const key of ['by_kind', 'valid_by_schema_version', 'valid_by_event_name', 'valid_by_country', 'crashes_by_app_version'])
    truth[key] = sorted(truth[key]);
  truth.devices.by_platform = sorted(truth.devices.by_platform);
  truth.bad_total = BAD_KINDS.reduce((n, kind) => n + (count[kind] ?? 0), 0);
  return truth;
}

function parseArguments(list) {
  const options = Object.fromEntries(Object.entries(OPTIONS).map(([key, [value]]) => [key, value]));
  for (const item of list) {
    const [, key, value] = /^--([a-z0-9]+)=(.*)$/.exec(item) ?? [];
    if (!key || !(key in OPTIONS)) {
      process.stderr.write(
        `node gen.mjs [--option=value ...]\n${Object.entries(OPTIONS)
          .map(([k, [v, text]]) => `  --${k}=${v}  ${text}`)
          .join('\n')}\n`,
      );
      process.exit(item === '--help' ? 0 : 2);
    }
    options[key] = typeof OPTIONS[key][0] === 'number' ? Number(value) : value;
    if (Number.isNaN(options[key])) throw new Error(`--${key} wants a number`);
  }
  return options;
}

export { run };

if (process.argv[1] && import.meta.url.endsWith(process.argv[1].replace(/^.*\//, '/'))) {
  const options = parseArguments(process.argv.slice(2));
  const text = `${JSON.stringify(run(options), null, 1)}\n`;
  const target = options.truth || (options.out === '-' ? '' : `${options.out}.truth.json`);
  if (target) writeFileSync(target, text);
  else process.stderr.write(text);
}

// The shapes of an ODCS document that say nothing about columns: people, channels, prices, service levels. Sources as in
// standard-shapes.ts.
import type { ObjectName, ObjectShape, Shape } from './shape.ts';

export const strings: Shape = { list: 'text' };
export const custom: Shape = { list: { object: 'customProperty' } };
export const definitions: Shape = { list: { object: 'authoritativeDefinition' } };

type Other = 'authoritativeDefinition' | 'support' | 'price' | 'team' | 'teamMember' | 'role' | 'sla' | 'customProperty';

export const OTHER_SHAPES: Readonly<Record<Extract<ObjectName, Other>, ObjectShape>> = {
  authoritativeDefinition: {
    what: 'an authoritative definition',
    openIn30: true,
    required: ['url', 'type'],
    keys: { id: 'text', url: 'text', type: 'text', description: 'text' },
  },
  support: {
    what: 'a support channel',
    openIn30: true,
    required: ['channel'],
    keys: {
      id: 'text',
      channel: 'text',
      url: 'text',
      description: 'text',
      tool: 'text',
      scope: 'text',
      invitationUrl: 'text',
      customProperties: custom,
    },
  },
  price: {
    what: 'a price',
    openIn30: true,
    keys: { id: 'text', priceAmount: 'number', priceCurrency: 'text', priceUnit: 'text' },
  },
  team: {
    what: 'a team',
    openIn30: true,
    keys: {
      id: 'text',
      name: 'text',
      description: 'text',
      members: { list: { object: 'teamMember' } },
      tags: strings,
      customProperties: custom,
      authoritativeDefinitions: definitions,
    },
  },
  teamMember: {
    what: 'a team member',
    openIn30: true,
    required: ['username'],
    keys: {
      id: 'text',
      username: 'text',
      name: 'text',
      description: 'text',
      role: 'text',
      dateIn: 'text',
      dateOut: 'text',
      replacedByUsername: 'text',
      tags: strings,
      customProperties: custom,
      authoritativeDefinitions: definitions,
    },
  },
  role: {
    what: 'a role',
    openIn30: true,
    required: ['role'],
    keys: {
      id: 'text',
      role: 'text',
      description: 'text',
      access: 'text',
      firstLevelApprovers: 'text',
      secondLevelApprovers: 'text',
      customProperties: custom,
    },
  },
  sla: {
    what: 'an SLA property',
    openIn30: true,
    required: ['property', 'value'],
    keys: {
      id: 'text',
      property: 'text',
      value: 'scalar',
      valueExt: 'scalar',
      unit: 'text',
      element: 'text',
      driver: 'text',
      description: 'text',
      scheduler: 'text',
      schedule: 'text',
    },
    since32: { customProperties: custom, authoritativeDefinitions: definitions },
  },
  customProperty: {
    what: 'a custom property',
    openIn30: true,
    required: ['property', 'value'],
    keys: { id: 'text', property: 'text', value: 'any', description: 'text' },
    since32: { vendor: 'text' },
  },
};

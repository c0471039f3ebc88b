/** What docs/ says of `/alerts` for machines is what the server sends. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { alertEvent } from '../../dashboard/alert-wire.ts';
import type { Alarm } from '../../ecg/alarm.ts';
import { epochMs } from '../../ecg/units.ts';
import { personCommand } from '../../stream/alarm/commands.ts';
import { DEFAULT_LIMITS } from '../../stream/alarm/limits.ts';
import { POLICIES, type AlarmPolicy } from '../../stream/alarm/policy.ts';
import { noAlarms, type AlarmInput } from '../../stream/alarm/state.ts';
import { step } from '../../stream/alarm/system.ts';

const DOCS = join(import.meta.dirname, '../../docs');
const schema = JSON.parse(readFileSync(join(DOCS, 'alerts.schema.json'), 'utf8')) as object;
const asyncApi = parse(readFileSync(join(DOCS, 'asyncapi.yaml'), 'utf8')) as {
  channels: { alerts: { messages: Record<string, { payload: object }> } };
  components: { schemas: Record<string, { properties: Record<string, { enum?: string[] }> }> };
};

const ajv = new Ajv2020({ strict: true, allErrors: true });
formats.default(ajv);
const isAlert = ajv.compile(schema);

const policyOf = (condition: string): AlarmPolicy => POLICIES[condition as keyof typeof POLICIES] ?? POLICIES.heartRateHigh;
/** Everything a bed's alarms can look like, from the reducer itself. */
function everyKindOfChange(): Alarm[] {
  const begin = (condition: 'asystole' | 'noData' | 'finding:atrial-fibrillation', source?: Alarm['source']): AlarmInput => (
    { type: 'condition', condition, active: true, onsetMs: epochMs(1), cause: 'test', ...(source && { source }) });
  const course: (readonly [seconds: number, input: AlarmInput])[] = [
    [0, { type: 'pauseAudio' }],
    [1, begin('asystole', { kind: 'rule', rule: 'asystole', limits: { ...DEFAULT_LIMITS.rhythm } })],
    [2, begin('finding:atrial-fibrillation', {
      kind: 'model', modelId: 'mets@01234567', manifestSha256: 'a'.repeat(64), label: 'atrial-fibrillation', text: ['atrial fibrillation'],
      score: 3.2, threshold: 2.5, feedEpoch: 1, segmentStartIndex: 1000, segmentStartMs: 1_700_000_000_000 })],
    [10, { type: 'tick' }], [70, { type: 'tick' }], [130, { type: 'tick' }], [131, { type: 'acknowledge' }],
    [140, { type: 'alarmOff', group: 'findings', off: true, reason: 'test', by: { name: 'nurse', role: 'clinician' } }],
    [150, begin('noData')], [151, { type: 'tick' }],
    [160, { type: 'condition', condition: 'asystole', active: false, onsetMs: epochMs(1), cause: '' }], [170, { type: 'tick' }],
  ];
  let state = noAlarms('bed-1');
  return course.flatMap(([seconds, input]) => {
    const next = step(state, input, epochMs(seconds * 1000), policyOf);
    state = next.state;
    return [...next.changes];
  });
}

describe('docs/alerts.schema.json', () => {
  const changes = everyKindOfChange();
  it('describes every kind of alert that is sent', () => {
    expect(new Set(changes.map(({ state }) => state))).toEqual(new Set(['active', 'acknowledged', 'cleared']));
    expect(new Set(changes.map(({ escalation }) => escalation))).toEqual(new Set([undefined, 1, 2]));
    expect(changes.some(({ breakthrough }) => breakthrough)).toBe(true);
    changes.forEach((change, i) => {
      const event = alertEvent({ ...change, epoch: 1_700_000_000, seq: i + 1, durable: i % 2 === 0 }, 'ward-1');
      isAlert(JSON.parse(JSON.stringify(event)));
      expect(isAlert.errors).toBeNull();
    });
  });

  it('describes no alert with a field too few, too many or of the wrong kind', () => {
    const good = JSON.parse(JSON.stringify(alertEvent({ ...changes[0]!, epoch: 1, seq: 1, durable: true }, 'ward-1'))) as Record<string, unknown>;
    const data = good['data'] as object;
    for (const wrong of [
      { ...good, id: 'bed-1' }, { ...good, specversion: '2.0' }, { ...good, extra: 1 }, { ...good, time: 'yesterday' },
      { ...good, data: { ...data, state: 'silenced' } }, { ...good, data: { ...data, seq: 0 } }, { ...good, data: { ...data, durable: undefined } },
    ]) expect(isAlert(JSON.parse(JSON.stringify(wrong)))).toBe(false);
  });
});

describe('docs/asyncapi.yaml', () => {
  it('is an AsyncAPI 3.0 document', () => {
    const require = createRequire(import.meta.url);
    const { schemas } = require('@asyncapi/specs') as { schemas: Record<string, object> };
    const specification = new Ajv({ strict: false, meta: false, validateSchema: false, allErrors: true, logger: false });
    formats.default(specification as never);
    const isAsyncApi = specification.compile(schemas['3.0.0']!);
    isAsyncApi(asyncApi);
    expect(isAsyncApi.errors).toBeNull();
  });

  it('has every message of the wire, and every command that is carried out', () => {
    expect(Object.keys(asyncApi.channels.alerts.messages).sort()).toEqual(
      ['ack', 'alert', 'command', 'commandReply', 'expired', 'heartbeat', 'subscribe', 'subscribeReply']);
    const types = personCommand.options.map((option) => option.shape.type.value).sort();
    expect(asyncApi.components.schemas['command']!.properties['type']!.enum!.toSorted()).toEqual(types);
  });
});

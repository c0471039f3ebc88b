/** The composition root: the only place that constructs, wires, starts and stops. */
import { randomBytes, randomInt } from 'node:crypto';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { resolve } from 'node:path';
import pino, { type Logger } from 'pino';
import { Subject } from 'rxjs';
import { Server } from 'socket.io';
import { isLoopback, PROJECT_ROOT, type Config } from './config.ts';
import { serveBeds } from './dashboard/server/bed-routes.ts';
import { createHealth } from './dashboard/server/health.ts';
import { alertEvent } from './dashboard/alert-wire.ts';
import { serveAlerts } from './dashboard/server/alert-socket.ts';
import { serveHistoryEntry } from './dashboard/server/history-entry.ts';
import { serveHistory } from './dashboard/server/history-query.ts';
import { serveLabels } from './dashboard/server/label-routes.ts';
import { createHttp } from './dashboard/server/http.ts';
import { createMetrics } from './dashboard/server/metrics.ts';
import { serveModel } from './dashboard/server/model-routes.ts';
import { createOriginPolicy } from './dashboard/server/origin.ts';
import { serveSearch } from './dashboard/server/search-routes.ts';
import { serveWard } from './dashboard/server/ward-socket.ts';
import { WardView } from './dashboard/server/ward-view.ts';
import type { WardSnapshot } from './dashboard/wire.ts';
import type { AlarmCondition } from './ecg/alarm.ts';
import { systemClock, type Clock } from './ecg/clock.ts';
import { createRhythmAnalyser } from './ecg/rhythm/analyser.ts';
import { Access, type Principal } from './stream/access.ts';
import { carryOut, type CommandAnswer } from './stream/alarm/commands.ts';
import { AlarmDesk } from './stream/alarm/desk.ts';
import { openLedger } from './stream/alarm/ledger.ts';
import { findingPolicy, POLICIES, withDemotions, type AlarmPolicy } from './stream/alarm/policy.ts';
import { MAX_FRAME_BYTES } from './ecg/frame.ts';
import { keepFedBeds } from './stream/fed-beds.ts';
import { BedRegistry } from './stream/feed/bed-registry.ts';
import { guardConnections, type ConnectionCounters } from './stream/feed/connection-guard.ts';
import { FeedDoor } from './stream/feed/feed-session.ts';
import { openFeeds, type OpenFeeds } from './stream/feed/open-feeds.ts';
import { openHistory } from './stream/history/create.ts';
import { SideWork } from './stream/history/side-work.ts';
import { Explainer } from './stream/labels/explain.ts';
import { LabelRegistry } from './stream/labels/label-registry.ts';
import { openLabels, textModelOf } from './stream/labels/served-labels.ts';
import type { Vocabulary } from './stream/labels/vocabulary.ts';
import { AlertNumbers } from './stream/outlet/alert-numbers.ts';
import { openDeadLetters } from './stream/outlet/dead-letters.ts';
import { createMllpOutlet } from './stream/outlet/mllp.ts';
import { oruR40 } from './stream/outlet/oru-r40.ts';
import { openOutletPositions } from './stream/outlet/outlet-positions.ts';
import { serveOutlets } from './stream/outlet/outlets.ts';
import { createWebhook } from './stream/outlet/webhook.ts';
import { listenOn } from './stream/listen.ts';
import { auditedSwap, createModelSwap } from './stream/model-swap.ts';
import { loadModel, type ServedModel } from './stream/model.ts';
import { SCORE_DEADLINE, SPEC_WITHOUT_MODEL } from './stream/pipeline.ts';
import { Ward } from './stream/ward.ts';

const NO_LABELS = { modelId: '', labels: [], findingsOf: () => [] };

export interface RunningServer extends Pick<OpenFeeds, 'hl7Port' | 'linePort' | 'vitalPort' | 'mqttFeed'> {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  readonly log: Logger;
  readonly ward: Ward;
  readonly desk: AlarmDesk;
  /** The token a feed of this bed needs, made up for a demo bed; empty where it needs none. */
  readonly feedTokenOf: (bed: string) => string;
  close(): Promise<void>;
}

/** @throws EcgError where the configuration cannot be served */
export async function startServer(config: Config, demoBeds: readonly string[] = [], clock: Clock = systemClock): Promise<RunningServer> {
  const log = pino({ level: config.logLevel, base: null });
  const warn = (message: string): void => log.warn(message);
  const audit = (by: Principal, what: string): void => log.info({ who: by.name, role: by.role }, what);
  const feedTokens = { ...Object.fromEntries(demoBeds.map((bed) => [bed, randomBytes(24).toString('base64url')])), ...config.access.feedTokens };
  const access = new Access({ feedTokens, pageTokens: config.access.pageTokens, openByDefault: isLoopback(config.host), clock });
  const principalOf = access.principalOf.bind(access);

  const model = await loadModel(config, PROJECT_ROOT, clock, log);
  const stateDirectory = resolve(PROJECT_ROOT, config.stateDirectory);
  const labels = model && await openLabels(model, { stateDirectory, maxSegments: config.search.maxSegments, clock, warn });
  const policyOf = policies(labels?.vocabulary, config);
  const ledger = await openLedger(stateDirectory, clock, warn);
  const desk = new AlarmDesk({ ledger, clock, policyOf, warn });
  const history = await openHistory({ options: config.history, stateDirectory, desk, clock, warn });
  const ward = new Ward({
    clock,
    warn,
    createAnalyser: ({ samplingFrequency, leads, railUv }) => createRhythmAnalyser({ samplingFrequency, leads, ...(railUv ? { railUv } : {}) }),
    spec: model?.spec ?? SPEC_WITHOUT_MODEL,
    scorer: labels?.scorer,
    vocabulary: labels?.vocabulary ?? NO_LABELS,
    limitsOf: (bed) => desk.limitsOf(bed),
    bandOf: (bed) => desk.bandOf(bed),
    inAlarm: (bed) => desk.alarmsOf(bed).some((alarm) => alarm.priority === 'high'),
    alarm: (bed, input) => desk.apply(bed, input),
    ...(labels && { scored: labels.scored }),
    history,
  });
  desk.limitsChanged$.subscribe((bed) => ward.bed(bed)?.limitsChanged());

  const origin = createOriginPolicy(config);
  const view = new WardView({ ward, desk, clock, policyOf, model: () => describe(model, labels?.vocabulary), vocabulary: labels?.vocabulary, lastHour: labels?.lastHour });
  const metrics = createMetrics({ connections: () => guarded, feeds: () => feeds.counters(), ward, desk, alerts: () => alerts, pages: () => pages.counters, outlets: () => outlets.figures(), inference: () => model?.figures() ?? {}, history: () => history?.stats(), search: labels?.search });
  const app = await createHttp({
    pageDirectory: resolve(PROJECT_ROOT, 'dashboard/dist'),
    isAllowedHost: origin.isAllowedHost,
    handshakeMs: config.connections.handshakeMs,
    health: createHealth({ connections: () => guarded, feeds: () => feeds.counters(), ward, desk, clock, model, pages: () => pages.counters, alerts: () => alerts, outlets: () => outlets, history: () => history?.stats(), search: labels?.search }),
    metrics,
    principalOf,
  });
  const labelsChanged$ = new Subject<void>();
  const labelRegistry = model && labels && new LabelRegistry({
    ...labels,
    bank: model.bank,
    withdraw: (finding, by, reason) => void desk.withdraw(finding, by, reason),
    changed: () => {
      ward.relabel();
      labelsChanged$.next();
    },
    dryRun: (direction, moments, terms) => labels.search.dryRun(direction, moments, terms),
    warn,
  }, labels.state);
  await labelRegistry?.begin(config.labelSet);
  // In the background, so that the first sentence a person types does not wait for it.
  if (labels?.text.available) void labels.text.warm().catch((error: Error) => warn(`no sentence can be typed: ${error.message}`));
  serveLabels(app, {
    registry: labelRegistry,
    textEncoder: () => labels?.text.available ?? false,
    principalOf,
    isAllowedRequest: origin.isAllowedRequest,
    audit,
  });
  const loadSearch = (): void => {
    if (labels && history?.store) labels.search.load(history.store, labels.remember);
  };
  loadSearch();
  serveSearch(app, {
    search: labels?.search,
    text: labels?.text,
    explainer: model && labels && new Explainer({
      ...labels,
      spec: model.spec,
      score: (request) => model.scorer.score(request),
      queueDepth: () => model.stats().queueDepth,
      newest: (bed) => {
        const segment = labels.newestOf(bed);
        const atMs = ward.bed(bed)?.findingsMs;
        return segment && atMs !== undefined ? { ...segment, atMs } : undefined;
      },
      history: () => history?.store,
      clock,
      deadline: SCORE_DEADLINE,
    }),
    history: () => history?.store,
    principalOf,
  });
  const sideWork = new SideWork();
  serveHistory(app, { store: () => history?.store, principalOf, sideWork });
  serveHistoryEntry(app, { store: () => history?.store, principalOf, isAllowedRequest: origin.isAllowedRequest, sideWork, clock, waveformsMs: config.history.retention.waveformsMs, audit });
  const guarded = new Map<string, ConnectionCounters>([['http', guardConnections(app.server, config.connections)]]);
  const guard = (name: string) => (server: NetServer): void => void guarded.set(name, guardConnections(server, config.connections));
  const io = new Server(app.server, {
    connectTimeout: config.connections.handshakeMs,
    serveClient: false,
    perMessageDeflate: false,
    maxHttpBufferSize: MAX_FRAME_BYTES,
    allowRequest: (request, decide) => decide(null, origin.isAllowedRequest(request)),
  });
  const alertNumbers = new AlertNumbers(desk);
  const outlets = serveOutlets(desk, [
    ...config.alerts.webhooks.map((webhook) => createWebhook(webhook, clock, (alarm) => alertEvent(alarm, config.ward))),
    ...(config.alerts.hl7 ? [createMllpOutlet(config.alerts.hl7, clock, (alarm) => (
      oruR40(alarm, { ward: config.ward, text: policyOf(alarm.condition).text, sentAtMs: clock.now(), number: alertNumbers.of(alarm) })))] : []),
  ], {
    clock, warn, random: () => randomInt(2 ** 32) / 2 ** 32,
    deadLetters: await openDeadLetters(stateDirectory, warn), positions: await openOutletPositions(stateDirectory, clock, warn),
  });
  const obey = (message: unknown, who: Principal | undefined): CommandAnswer => carryOut(message, who, {
    desk,
    hasBed: (bed) => ward.bed(bed) !== undefined || desk.beds().includes(bed),
    alarmLabels: labels?.vocabulary.labels.filter(({ alarm }) => alarm).map(({ id }) => id) ?? [],
    audit,
  });
  const pages = serveWard(io.of('/ward'), { ward, desk, view, clock, labelsChanged$, principalOf, carryOut: obey });
  const alerts = serveAlerts(io.of('/alerts'), { desk, clock, wardName: config.ward, principalOf, carryOut: obey });
  const registry = new BedRegistry({
    directory: stateDirectory, clock, otherwise: access, cutOff: (bed) => void door.cutOff(bed) });
  const door = new FeedDoor(ward, registry, warn);
  serveBeds(app, { registry, principalOf, isAllowedRequest: origin.isAllowedRequest });
  const swap = createModelSwap({
    served: model, root: PROJECT_ROOT, modelsDirectory: config.modelsDirectory, clock,
    labels: labels && labelRegistry && {
      alarmsLost: (bank, sameSpace) => labelRegistry.alarmsLost(bank, sameSpace),
      changeModel: ({ loaded, bank }, by, takeOver) => labelRegistry.changeModel(loaded.id, bank, by, () => {
        takeOver();
        labels.text.useModel(textModelOf(loaded));
        labels.lastHour.begin(bank.dimension);
        if (loaded.id === labels.vocabulary.modelId) return;
        labels.search.begin(loaded.id, bank.dimension);
        loadSearch();
      }),
    },
  });
  const stopKeeping = await keepFedBeds({
    directory: stateDirectory, clock, ward, desk, warn,
    isExpected: (bed) => registry.beds().every((known) => known.bed !== bed || known.paired),
  });
  serveModel(app, { swap: auditedSwap(swap, log), principalOf, isAllowedRequest: origin.isAllowedRequest });
  const feeds = await openFeeds(config, { door, app, namespace: io.of('/feeds'), admissions: registry, clock, warn, isAllowedRequest: origin.isAllowedRequest, guard });
  await listenOn(config, 'PORT', () => app.listen({ host: config.host, port: config.port }));
  const { address, port, family } = app.server.address() as AddressInfo;

  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    log,
    ward,
    desk,
    feedTokenOf: (bed) => feedTokens[bed] ?? '',
    hl7Port: feeds.hl7Port,
    linePort: feeds.linePort,
    vitalPort: feeds.vitalPort,
    mqttFeed: feeds.mqttFeed,
    async close() {
      await stopKeeping();
      await feeds.close();
      await io.close(); // closes the HTTP server with it
      await app.close();
      pages.close();
      ward.close();
      desk.close();
      await outlets.close();
      await sideWork.close();
      await history?.close();
      await ledger.close();
      labels?.text.close();
      await labels?.search.close();
      await model?.close();
    },
  };
}

function policies(vocabulary: Vocabulary | undefined, config: Config): (condition: AlarmCondition) => AlarmPolicy {
  const all = withDemotions(config.alarms.demotions);
  return (condition) => {
    const finding = /^finding:(.*)$/.exec(condition)?.[1];
    const label = finding === undefined ? undefined : vocabulary?.entry(finding)?.label;
    // A finding restored from the ledger may be of a label that is there no longer: it is shown, low, until acknowledged.
    const known = label ? findingPolicy(label) : all.get(condition);
    return known ?? { ...POLICIES.noisySignal, text: condition.replace(/^finding:/, ''), priority: 'low' };
  };
}

function describe(model: ServedModel | undefined, vocabulary: Vocabulary | undefined): WardSnapshot['model'] {
  const fittedOn = vocabulary?.probabilitiesFittedOn;
  return {
    id: model?.id ?? null,
    executionProvider: model?.executionProvider() ?? 'none',
    labels: vocabulary?.labels.map(({ id, name, alarm }) => ({ id, name, ...(alarm && { alarm: { priority: alarm.priority, threshold: alarm.threshold } }) })) ?? [],
    ...(fittedOn !== undefined && { probabilitiesFittedOn: fittedOn }),
  };
}

import type { Clock } from '../../ecg/clock.ts';
import { alarmLines } from './alarm-lines.ts';
import { isUnacknowledged, seenUpToMs, soundingPriority } from './alarms.ts';
import { AlarmSound } from './audio/player.ts';
import { readCalibration, writeCalibration, type Calibration } from './calibration.ts';
import { WardConnection } from './connection.ts';
import { ageText } from './format.ts';
import { Review } from './review/review.ts';
import { labelEditor } from './labels/label-editor.ts';
import { pastHalfHour } from './past-trend.ts';
import { applyTheme, readSettings, writeSettings, type Settings } from './settings.ts';
import { spokenLanguage, texts, useLanguage, type Language } from './text/texts.ts';
import { Wall } from './trace/wall.ts';
import { Announcer } from './view/announcer.ts';
import { audible } from './audio/pause.ts';
import { BedPanel } from './view/bed-panel.ts';
import { DialogAlarms } from './view/dialog-alarms.ts';
import { calibrationDialog, tokenDialog } from './view/dialogs.ts';
import { el } from './view/dom.ts';
import { Frame } from './view/frame.ts';
import { keysDialog } from './view/keys-dialog.ts';
import { Rail } from './view/rail.ts';
import { settingsDialog } from './view/settings-dialog.ts';
import type { Showing } from './view/showing.ts';
import { focusedBed, Ward } from './view/ward.ts';
import { WardCommands } from './ward-commands.ts';
import { WardStore } from './ward-store.ts';

/** Ages and countdowns are written this often while nothing else happens. */
const REFRESH_MS = 250;
/** Before the name of a bed in the address: its past instead of its present. */
const REVIEW = 'review/';

/** The page: owns what the views share and decides when they are brought up to date. */
export class App {
  readonly #clock: Clock;
  readonly #store: WardStore;
  readonly #connection: WardConnection;
  readonly #commands: WardCommands;
  readonly #sound: AlarmSound;
  readonly #announcer = new Announcer();
  readonly #dialogAlarms: DialogAlarms;
  readonly #lightSystem = matchMedia('(prefers-color-scheme: light)');
  readonly #root: HTMLElement;
  readonly #stage = el('div', { class: 'stage-content' });
  readonly #canvas = el('canvas', { 'aria-hidden': 'true' });
  readonly #wall: Wall;
  #frame!: Frame;
  #rail!: Rail;
  #ward!: Ward;
  #panel: BedPanel | undefined;
  #language: Language | undefined;
  #review: Review | undefined;
  #settings: Settings = readSettings(localStorage);
  #calibration: Calibration = readCalibration(localStorage);
  #mustLay = true;
  #mustUpdate = true;
  #updatedMs = 0;
  #lost = false;

  constructor(clock: Clock, root: HTMLElement) {
    this.#clock = clock;
    this.#store = new WardStore(clock);
    this.#sound = new AlarmSound(clock);
    this.#root = root;
    this.#dialogAlarms = new DialogAlarms(root, this.#announcer.element);
    this.#stage.append(this.#canvas);
    this.#wall = new Wall(this.#canvas);
    this.#commands = new WardCommands(clock, this.#store, () => this.#connection, (text) => this.#frame.notice(text));
    this.#build();
    this.#connection = new WardConnection(this.#store, sessionStorage,
      () => (this.#mustUpdate = true),
      (hadToken) => tokenDialog(hadToken, (token) => this.#connection.useToken(sessionStorage, token)));
    applyTheme(this.#settings.theme, this.#lightSystem.matches);
    new ResizeObserver(() => (this.#mustLay = true)).observe(this.#stage);
    this.#lightSystem.addEventListener('change', () => this.change({}));
  }

  /** Draws one frame; the views follow when a message came or a quarter of a second has passed. */
  frame(): void {
    if (this.#mustUpdate || this.#clock.now() - this.#updatedMs >= REFRESH_MS) this.update();
    if (this.#mustLay) this.#lay();
    this.#wall.draw();
  }

  /** Brings every view, the sound and the announcements up to date. Also runs where no frames are drawn, in a hidden tab. */
  update(): void {
    this.#mustUpdate = false;
    this.#updatedMs = this.#clock.now();
    this.#dialogAlarms.move();
    const views = this.#store.views();
    const { serverNowMs } = this.#store;
    const showing: Showing = {
      settings: this.#settings, serverNowMs, hasModel: (this.#store.model?.id ?? null) !== null, labels: this.#store.model?.labels ?? [],
      probabilitiesFittedOn: this.#store.model?.probabilitiesFittedOn, mayAct: this.#mayAct };
    this.#watchConnection();
    this.#showRoute();
    if (this.#ward.hold(views, this.#store.connection !== 'live')) this.#mustLay = true;
    if (this.#panel) {
      const view = this.#store.view(this.#panel.bed);
      if (view) {
        if (this.#panel.arrange(view, this.#settings.bedLayout)) this.#mustLay = true;
        this.#panel.update(view, showing);
      }
      this.#rail.update(views, this.#panel.bed);
    } else if (this.#review) this.#rail.update(views, this.#review.bed);
    else this.#ward.update(views, showing);
    this.#frame.update(this.#store, this.#settings, this.#calibration, this.#sound.state);
    const alarms = this.#store.alarms();
    this.#announcer.update(alarms);
    this.#dialogAlarms.update(alarms, this.#lost ? `${texts.lostTitle}. ${texts.lostDetail(ageText(this.#store.silenceMs))}` : null);
    if (this.#wall.hasMoved) this.#mustLay = true;
    const waiting = alarms.filter(({ alarm }) => isUnacknowledged(alarm)).length;
    document.title = this.#lost ? `${texts.lostTitle} · ${texts.product}` : waiting > 0 ? `(${waiting}) ${texts.product}` : texts.product;
    this.#sound.update(this.#lost ? (this.#commands.isQuiet ? null : 'medium') : soundingPriority(audible(views, serverNowMs)));
  }

  get #mayAct(): boolean {
    return this.#store.role !== 'viewer';
  }

  change(settings: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...settings };
    writeSettings(localStorage, this.#settings);
    applyTheme(this.#settings.theme, this.#lightSystem.matches);
    this.#build();
    this.#mustUpdate = this.#mustLay = true;
  }

  armSound(): void {
    if (this.#sound.state === 'waiting') void this.#sound.arm();
  }

  /** Something in the page has thrown: what it shows from now on cannot be relied upon, and it says so. */
  fail(reason: string): void {
    this.#frame.notice(texts.pageFailed(reason));
  }

  /** Keys that act wherever the focus is, except in a field. */
  key(event: KeyboardEvent): void {
    const field = (event.target as Element).closest('input, select, dialog');
    if (field || event.ctrlKey || event.metaKey || event.altKey) return;
    const bed = this.#panel?.bed ?? focusedBed();
    if (this.#review?.key(event) || this.#panel?.key(event)) return event.preventDefault();
    if (event.key === 'Escape' && this.#panel) location.hash = '';
    else if (event.key.startsWith('Arrow') && !this.#panel) this.#ward.moveFocus(event.key);
    else if (event.key === 'a' && bed !== undefined) void this.#commands.act({ type: 'acknowledge', bed, seenUpToMs: seenUpToMs(this.#store.view(bed)?.alarms ?? []) });
    else if (event.key === 'r' && bed !== undefined) location.hash = `${REVIEW}${bed}`;
    else if (event.key === 'p') this.#commands.togglePause(bed);
    else if (event.key === 's') this.#openSettings();
    else if (event.key === 'e') this.#openLabels();
    else if (event.key === '?') keysDialog();
    else return;
    event.preventDefault();
  }

  /** The address has changed: another bed, or back to the ward. */
  route(): void {
    this.#mustUpdate = true;
  }

  /** Makes the views, if they are not there in the language that is wanted. Connection, traces and sound go on. */
  #build(): void {
    const wanted = this.#settings.language === 'browser' ? spokenLanguage(navigator.languages) : this.#settings.language;
    if (wanted === this.#language) return;
    useLanguage((this.#language = wanted));
    document.documentElement.lang = wanted;
    this.#panel = undefined;
    this.#review?.close();
    this.#review = undefined;
    this.#rail = new Rail();
    this.#ward = new Ward((bed, { condition, detectedAtMs }) => void this.#commands.act({ type: 'acknowledge', bed, condition, seenUpToMs: detectedAtMs }));
    this.#frame = new Frame({
      change: (settings) => this.change(settings),
      openSettings: () => this.#openSettings(),
      openKeys: keysDialog,
      armSound: () => void this.#sound.arm(),
    });
    this.#stage.replaceChildren(this.#canvas);
    this.#root.replaceChildren(this.#frame.head, this.#frame.banners, el('main', { class: 'stage' }, this.#rail.element, this.#stage), this.#frame.foot, this.#announcer.element);
  }

  /** Makes the page show the bed the address names, if there is such a bed. */
  #showRoute(): void {
    const named = location.hash.slice(1);
    if (this.#showReview(named.startsWith(REVIEW) ? named.slice(REVIEW.length) : undefined)) return;
    const wanted = this.#store.beds.has(named) ? named : undefined;
    if (wanted === this.#panel?.bed && (this.#panel ?? this.#ward).element.isConnected) return;
    const left = this.#leave();
    this.#panel = wanted === undefined ? undefined : this.#openPanel(wanted);
    this.#stage.append((this.#panel ?? this.#ward).element);
    document.body.dataset['view'] = this.#panel ? 'bed' : 'ward';
    this.#connection.watch(wanted ?? null);
    this.#mustLay = true;
    if (this.#panel) this.#panel.focus();
    else if (left !== undefined) this.#ward.focus(left);
  }

  /** Takes away what the stage shows. @returns the bed that was open */
  #leave(): string | undefined {
    const left = this.#panel?.bed;
    const leftBed = left === undefined ? undefined : this.#store.beds.get(left);
    leftBed?.trace.keepOnly(leftBed.snapshot.primaryLead);
    this.#panel?.element.remove();
    this.#panel = undefined;
    this.#ward.element.remove();
    return left;
  }

  /** Shows the past of a bed, live or not; none ends the review. @returns whether there is a review to show */
  #showReview(bed: string | undefined): boolean {
    // Without a word from the server there is no now to count back from.
    if (bed === this.#review?.bed || (bed !== undefined && this.#store.serverNowMs === undefined)) return bed !== undefined;
    this.#review?.close();
    this.#review?.element.remove();
    this.#review = undefined;
    if (bed === undefined) return false;
    this.#leave();
    this.#review = new Review(bed, this.#store.beds.get(bed)?.snapshot.leads ?? [], {
      nowMs: () => this.#nowMs(),
      nameOf: (label) => this.#store.nameOf(label),
      openReview: (other) => (location.hash = `${REVIEW}${other}`),
      leave: () => (location.hash = this.#store.beds.has(bed) ? bed : ''),
    });
    this.#stage.append(this.#review.element);
    document.body.dataset['view'] = 'review';
    this.#connection.watch(null);
    this.#mustLay = true;
    this.#review.focus();
    return true;
  }

  #openPanel(bed: string): BedPanel {
    const { serverNowMs } = this.#store;
    const trend = this.#store.beds.get(bed)?.trend;
    // Without a history the small lines begin with the page.
    if (trend && serverNowMs !== undefined) void pastHalfHour(bed, serverNowMs).then((past) => trend.backfill(past), () => undefined);
    return new BedPanel(bed, {
      send: (command) => this.#connection.send(command),
      act: (command) => void this.#commands.act(command),
      back: () => (location.hash = ''),
      togglePause: () => this.#commands.togglePause(bed),
      change: (settings) => this.change(settings),
      openLabels: () => this.#openLabels(),
      nameOf: (label) => this.#store.nameOf(label),
      mustLay: () => (this.#mustLay = true),
      view: () => this.#store.view(bed),
      nowMs: () => this.#nowMs(),
      alarmLines: () => {
        const view = this.#store.view(bed);
        return view ? alarmLines(view, this.#store.model?.labels ?? []) : new Map();
      },
    });
  }

  /** The server's clock; the page's own where there has been no word from the server. */
  #nowMs(): number {
    return this.#store.serverNowMs ?? this.#clock.now();
  }

  #openLabels(): void {
    labelEditor({ views: () => this.#store.views(), mayAct: this.#mayAct });
  }

  #openSettings(): void {
    settingsDialog(this.#settings, (settings) => this.change(settings), () => calibrationDialog(this.#calibration, (pxPerMm) => this.#recalibrate(pxPerMm)));
  }

  #lay(): void {
    this.#mustLay = false;
    const { pxPerMm } = this.#calibration;
    document.documentElement.style.setProperty('--mm', `${pxPerMm}px`);
    const panelView = this.#panel && this.#store.view(this.#panel.bed);
    const views = this.#store.views();
    this.#ward.fit(this.#stage.clientWidth, this.#stage.clientHeight, pxPerMm);
    const scale = { sweepSpeed: this.#settings.sweepSpeed, displayGain: this.#settings.displayGain, pxPerMm };
    this.#review?.lay(scale);
    const slots = this.#review ? [] : panelView ? this.#panel!.slots(panelView, scale) : this.#ward.slots(views);
    this.#wall.lay(slots, scale);
  }

  #watchConnection(): void {
    const lost = this.#store.connection === 'lost';
    if (lost && !this.#lost) this.#announcer.say(texts.announceLost);
    this.#lost = lost;
    document.body.dataset['connection'] = this.#store.connection;
  }

  #recalibrate(pxPerMm: number | null): void {
    writeCalibration(localStorage, pxPerMm);
    this.#calibration = readCalibration(localStorage);
    this.#mustUpdate = this.#mustLay = true;
  }
}

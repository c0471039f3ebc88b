/**
 * Labels that people type, change, arm and delete while the ward runs. One change at a time: checked, embedded (in another
 * process), on disk, then in force at every bed, from the newest embedding that is there. A label begins as shown only; arming
 * it is a second step. What ends a finding's alarm ends it with a ledger entry that says who and why.
 */
import { EcgError, isEcgError } from '../../ecg/errors.ts';
import type { FindingCondition } from '../../ecg/alarm.ts';
import { encodeFloats, type LabelBank } from '../../models/label-bank.ts';
import { labelDirection, momentEstimator, type Moments } from '../../models/label-direction.ts';
import { loadLabelSet } from '../../models/label-set.ts';
import type { Principal } from '../access.ts';
import { bankEntries, setEntries, type SentenceEmbedder } from './base-labels.ts';
import type { DryRun } from './dry-run.ts';
import type { LabelFile, LabelState, TypedLabel } from './label-file.ts';
import { type ArmLabel, type ChangeLabel, type CreateLabel } from './label-request.ts';
import { labelSetChoices, type ChosenSet, type LabelSetsView, type LabelSetView } from './label-sets.ts';
import { unscoredView, viewOf, type LabelView } from './label-view.ts';
import { Turns } from './turns.ts';
import { definedOf, newId, proposedAlarm, refuse, typedEntry, unknown } from './typed-label.ts';
import type { Vocabulary, VocabularyEntry } from './vocabulary.ts';

export interface LabelRegistryParts {
  readonly file: LabelFile;
  readonly bank: LabelBank;
  readonly vocabulary: Vocabulary;
  readonly text: SentenceEmbedder;
  /** Ends a finding's alarms at every bed. */
  readonly withdraw: (finding: FindingCondition, by: Principal, reason: string) => void;
  /** The labels changed. */
  readonly changed: () => void;
  /** How often an alarm on this direction would have been raised in stored history. */
  readonly dryRun: (direction: Float32Array, moments: Moments, terms: ArmLabel) => Promise<DryRun>;
  readonly warn: (message: string) => void;
}

/** Labels that may be typed: each costs a row of the matrix, and a screen has room for fewer. */
const MAX_TYPED = 200;
/** Changes that may wait for the one under way. */
const MAX_WAITING = 16;
const SERVER: Principal = { name: 'server', role: 'engineer' };

export class LabelRegistry {
  readonly #parts: LabelRegistryParts;
  #momentsOf: (direction: Float32Array) => Moments;
  #bank: LabelBank;
  #set: string | null = null;
  #sets: readonly LabelSetView[] = [];
  #base: readonly VocabularyEntry[];
  #state: LabelState;
  readonly #turns = new Turns('changes of labels', MAX_WAITING);

  constructor(parts: LabelRegistryParts, state: LabelState) {
    this.#parts = parts;
    this.#state = state;
    this.#bank = parts.bank;
    this.#base = bankEntries(parts.bank);
    this.#momentsOf = momentEstimator(parts.bank);
    this.#apply(state);
  }

  /**
   * Typed labels of another model are embedded anew and disarmed: their thresholds meant other scores. Then the set that a person
   * chose, or else the configured one.
   */
  async begin(configured: string | null): Promise<void> {
    await this.#turns.take(async () => {
      this.#sets = labelSetChoices(configured);
      const { set = configured } = this.#state;
      this.#set = set === null || this.#sets.some((known) => known.set === set) ? set : configured;
      if (this.#set !== set) this.#parts.warn(`the label set ${set} that was chosen is there no longer: ${this.#set ?? 'the labels of the model'} instead`);
      await this.#adopt();
    });
  }

  sets(): LabelSetsView {
    return { active: this.#set, sets: this.#sets };
  }

  /**
   * Another set, or the labels of the model's bank (null), in the place of what nobody typed: in force at every bed from the newest
   * embedding that is there. Alarms of labels that are not in it end, and armed ones among them are not armed when they come back.
   * @throws EcgError LABEL_INVALID where there is no such set, TEXT_ENCODER_MISSING where no label of it can be scored
   */
  chooseSet(by: Principal, set: string | null, reason: string): Promise<ChosenSet> {
    return this.#turns.take(async () => {
      const size = set === null ? this.#bank.labels.length : this.#sets.find((known) => known.set === set)?.labels;
      if (size === undefined) refuse('there is no such label set', `${this.#sets.map((known) => known.set).join(' | ')} | null`, `${set}`.slice(0, 80));
      const base = set === null ? bankEntries(this.#bank) : await this.#setEntries(set);
      if (base.length === 0) throw new EcgError('TEXT_ENCODER_MISSING', 'no label of the set can be scored', { expected: 'npm run text-encoder:fetch', received: `${set}` });
      const { vocabulary, withdraw, file } = this.#parts;
      const alarming = vocabulary.labels.filter(({ alarm }) => alarm);
      const inForce = new Set(base.map(({ label }) => label.id));
      const alarms = Object.fromEntries(Object.entries(this.#state.alarms).filter(([id, alarm]) => alarm === null || inForce.has(id)));
      await this.#commit({ ...this.#state, alarms, set }, base);
      this.#set = set;
      const lostAlarms = alarming.filter(({ id }) => !vocabulary.entry(id)?.label.alarm).map(({ id }) => id);
      for (const id of lostAlarms) withdraw(`finding:${id}`, by, `${set === null ? 'the labels of the model' : `the label set "${set}"`} came into force: ${reason}`);
      await file.audit(by, 'choose-set', set ?? '(model)', reason, { lostAlarms });
      return { active: set, labels: base.length, leftOut: size! - base.length, lostAlarms };
    });
  }

  /** The labels that raise alarms now and would not with another model. @param sameSpace its encoder is that of the model in service */
  alarmsLost(bank: LabelBank, sameSpace: boolean): string[] {
    const { alarms, labels } = this.#state;
    const typed = new Set(labels.map(({ id }) => id));
    const offered = new Map(bank.labels.map(({ id, alarm }) => [id, alarms[id] === undefined ? alarm : alarms[id]]));
    // A set is embedded anew and keeps its alarms, a typed label those whose thresholds go on meaning the same.
    const kept = (id: string): boolean => (typed.has(id) ? sameSpace : this.#set !== null || Boolean(offered.get(id)));
    return this.#parts.vocabulary.labels.filter(({ id, alarm }) => alarm && !kept(id)).map(({ id }) => id);
  }

  /**
   * Another model takes over: the labels of its bank are in force from that moment, typed ones and those of a set as soon as
   * they have been embedded for it. No change of a label comes between.
   * @param takeOver puts the model into service
   */
  changeModel(modelId: string, bank: LabelBank, by: Principal, takeOver: () => void): Promise<void> {
    return this.#turns.take(async () => {
      const { vocabulary, withdraw } = this.#parts;
      const lost = this.alarmsLost(bank, modelId === vocabulary.modelId);
      takeOver();
      this.#bank = bank;
      this.#base = bankEntries(bank);
      this.#momentsOf = momentEstimator(bank);
      vocabulary.changeModel(modelId, bank.dimension, [], bank);
      this.#apply(this.#state);
      for (const id of lost) withdraw(`finding:${id}`, by, `the model now in service, ${modelId}, does not raise it`);
      await this.#adopt();
    });
  }

  /** The set and typed labels for the model in service. */
  async #adopt(): Promise<void> {
    if (this.#set !== null) this.#base = await this.#setEntries(this.#set);
    const { modelId } = this.#parts.vocabulary;
    const labels = await Promise.all(this.#state.labels.map(async (label) => {
      if (label.modelId === modelId) return label;
      try {
        const direction = await this.#direction(label);
        if (label.armed) await this.#parts.file.audit(SERVER, 'disarm', label.id, `the model changed from ${label.modelId} to ${modelId}`);
        return { ...label, armed: false, modelId, direction: encodeFloats(direction) };
      } catch (error) {
        if (!isEcgError(error)) throw error;
        this.#parts.warn(`the label "${label.name}" is not scored: it was embedded for ${label.modelId}, and ${error.message}`);
        return label;
      }
    }));
    if (labels.every((label, i) => label === this.#state.labels[i])) this.#apply(this.#state);
    else await this.#commit({ ...this.#state, labels });
  }

  labels(): LabelView[] {
    const typed = new Map(this.#state.labels.map((label) => [label.id, label]));
    const served = this.#parts.vocabulary.labels.map((label) => viewOf(label, typed.get(label.id)?.alarm ?? null));
    const unscored = this.#state.labels.filter(({ id }) => !this.#parts.vocabulary.entry(id));
    return [...served, ...unscored.map(unscoredView)];
  }

  /** @throws EcgError LABEL_INVALID | TEXT_ENCODER_MISSING | MODEL_MISMATCH | INFERENCE_OVERLOAD */
  create(by: Principal, { name, synonyms = [], negatives = [], ...alarm }: CreateLabel): Promise<LabelView> {
    return this.#turns.take(async () => {
      this.#requireNew(name);
      if (this.#state.labels.length >= MAX_TYPED) refuse('there are too many typed labels', `at most ${MAX_TYPED}`, `${MAX_TYPED + 1}`);
      const proposed = proposedAlarm(alarm, null);
      const direction = await this.#direction({ name, synonyms, negatives });
      const label: TypedLabel = {
        id: newId(name), name, synonyms, negatives, alarm: proposed, armed: false, modelId: this.#parts.vocabulary.modelId, direction: encodeFloats(direction) };
      await this.#commit({ ...this.#state, labels: [...this.#state.labels, label] });
      await this.#parts.file.audit(by, 'create', label.id, '', { name, synonyms, negatives, alarm: proposed });
      return this.#view(label.id);
    });
  }

  /** @throws EcgError LABEL_UNKNOWN and as `create`; an armed label is not changed under its alarm */
  change(by: Principal, id: string, { name, synonyms, negatives, ...alarm }: ChangeLabel): Promise<LabelView> {
    return this.#turns.take(async () => {
      const before = this.#typed(id);
      if (before.armed) refuse('an armed label is not changed', 'a label that has been disarmed', before.name);
      if (name !== undefined) this.#requireNew(name, id);
      const after: TypedLabel = {
        ...before,
        ...definedOf({ name, synonyms, negatives }),
        alarm: proposedAlarm(alarm, before.alarm),
      };
      if (name !== undefined || synonyms !== undefined || negatives !== undefined) {
        after.direction = encodeFloats(await this.#direction(after));
        after.modelId = this.#parts.vocabulary.modelId;
      }
      await this.#commit({ ...this.#state, labels: this.#state.labels.map((label) => (label.id === id ? after : label)) });
      const { name: nameNow, synonyms: synonymsNow, negatives: negativesNow, alarm: alarmNow } = after;
      await this.#parts.file.audit(by, 'change', id, '', { name: nameNow, synonyms: synonymsNow, negatives: negativesNow, alarm: alarmNow });
      return this.#view(id);
    });
  }

  /** @throws EcgError LABEL_UNKNOWN | LABEL_INVALID */
  remove(by: Principal, id: string, reason: string): Promise<void> {
    return this.#turns.take(async () => {
      const { name } = this.#typed(id);
      await this.#commit({ ...this.#state, labels: this.#state.labels.filter((label) => label.id !== id) });
      this.#parts.withdraw(`finding:${id}`, by, `label "${name}" deleted: ${reason}`);
      await this.#parts.file.audit(by, 'delete', id, reason, { name });
    });
  }

  /**
   * Looks at history first; with `dryRun` does nothing else.
   * @throws EcgError LABEL_UNKNOWN | LABEL_INVALID where a reason is missing, or the label cannot be scored
   */
  async arm(by: Principal, id: string, terms: ArmLabel): Promise<{ readonly label: LabelView; readonly history: DryRun }> {
    const entry = this.#scored(id);
    if (!terms.dryRun && terms.reason === '') refuse('arming a label needs a reason', 'a reason', 'none');
    const history = await this.#parts.dryRun(entry.direction, entry.label, terms);
    if (terms.dryRun) return { label: this.#view(id), history };
    return this.#turns.take(async () => {
      const { direction, label: { name } } = this.#scored(id);
      if (direction !== entry.direction) refuse('the label was changed meanwhile', 'the label that was looked at', name);
      const { priority, threshold, dwellMs } = terms;
      await this.#commit(this.#withAlarm(id, { priority, threshold, dwellMs }, true));
      await this.#parts.file.audit(by, 'arm', id, terms.reason, { priority, threshold, dwellMs, history });
      return { label: this.#view(id), history };
    });
  }

  /** @throws EcgError LABEL_UNKNOWN | LABEL_INVALID */
  disarm(by: Principal, id: string, reason: string): Promise<LabelView> {
    return this.#turns.take(async () => {
      const { label } = this.#scored(id);
      if (!label.alarm) refuse('the label is not armed', 'an armed label', label.name);
      await this.#commit(this.#withAlarm(id, label.alarm!, false));
      this.#parts.withdraw(`finding:${id}`, by, `label "${label.name}" disarmed: ${reason}`);
      await this.#parts.file.audit(by, 'disarm', id, reason);
      return this.#view(id);
    });
  }

  #withAlarm(id: string, alarm: NonNullable<TypedLabel['alarm']>, armed: boolean): LabelState {
    const { labels, alarms } = this.#state;
    if (!labels.some((label) => label.id === id)) return { ...this.#state, alarms: { ...alarms, [id]: armed ? alarm : null } };
    return { ...this.#state, labels: labels.map((label) => (label.id === id ? { ...label, alarm, armed } : label)) };
  }

  /** On disk, then in force. */
  async #commit(state: LabelState, base = this.#base): Promise<void> {
    await this.#parts.file.save(state);
    this.#base = base;
    this.#apply(state);
  }

  #apply(state: LabelState): void {
    this.#state = state;
    const { vocabulary, changed } = this.#parts;
    const base = this.#base.map(({ label: { alarm: own, ...label }, direction }) => {
      const alarm = state.alarms[label.id] === undefined ? own : state.alarms[label.id];
      return { label: { ...label, ...(alarm && { alarm }) }, direction };
    });
    const typed = state.labels.filter(({ modelId }) => modelId === vocabulary.modelId)
      .map((label) => typedEntry(label, vocabulary.dimension, this.#momentsOf, vocabulary.entry(label.id)));
    vocabulary.replace([...base, ...typed]);
    changed();
  }

  async #direction({ name, synonyms, negatives }: Pick<TypedLabel, 'name' | 'synonyms' | 'negatives'>): Promise<Float32Array> {
    const prompts = [name, ...synonyms];
    const embedded = await this.#parts.text.embed([...prompts, ...negatives]);
    return labelDirection(embedded.slice(0, prompts.length), embedded.slice(prompts.length));
  }

  #setEntries(name: string): Promise<VocabularyEntry[]> {
    const { text, warn } = this.#parts;
    return setEntries(loadLabelSet(name), this.#bank, this.#momentsOf, text, warn);
  }

  #requireNew(name: string, except?: string): void {
    const same = (other: string): boolean => other.localeCompare(name, undefined, { sensitivity: 'base' }) === 0;
    const taken = this.labels().find((label) => label.id !== except && same(label.name));
    if (taken) refuse('there is a label of that name', 'another name', taken.name);
  }

  #typed(id: string): TypedLabel {
    const label = this.#state.labels.find((known) => known.id === id);
    if (!label && this.#parts.vocabulary.entry(id)) refuse('a label that came with the model is neither changed nor deleted', 'a typed label', id);
    return label ?? unknown(id);
  }

  #scored(id: string): VocabularyEntry {
    const entry = this.#parts.vocabulary.entry(id);
    if (entry) return entry;
    const typed = this.#typed(id);
    return refuse('the label is not scored by this model', `one embedded for ${this.#parts.vocabulary.modelId}`, `"${typed.name}", embedded for ${typed.modelId}`);
  }

  #view(id: string): LabelView {
    return this.labels().find((label) => label.id === id) ?? unknown(id);
  }
}

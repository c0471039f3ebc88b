/** What is known of one bed's leads: whose electrode is off, which can be read, and the technical alarms that say so. */
import type { Lead } from '../ecg/leads.ts';
import type { SayCondition } from './bed-findings.ts';
import type { LeadState } from './line.ts';

export class BedLeads {
  /** One for each lead of the feed. */
  states: readonly LeadState[] = [];
  readonly #condition: SayCondition;
  #leads: readonly Lead[] = [];
  #offMask = 0;

  constructor(condition: SayCondition) {
    this.#condition = condition;
  }

  /** Another feed: every lead counts as usable until it shows otherwise. */
  begin(leads: readonly Lead[]): void {
    this.#leads = leads;
    this.#offMask = 0;
    this.states = leads.map(() => 'ok');
  }

  /** As the device says with every block. @param mask bit n: the electrode of lead n is off */
  noteOff(mask: number): void {
    if (mask === this.#offMask) return;
    this.#offMask = mask;
    this.states = this.states.map((state, lead) => (this.#isOff(lead) ? 'leadOff' : state === 'leadOff' ? 'ok' : state));
    const off = this.#leads.filter((_, lead) => this.#isOff(lead));
    this.#condition('leadsOff', off.length > 0, `electrode off: ${off.join(', ')}`);
  }

  /** As the newest window was judged; an electrode that is off now counts for more. */
  noteQuality(judged: readonly LeadState[]): void {
    this.states = judged.map((state, lead) => (this.#isOff(lead) ? 'leadOff' : state));
    const named = (wanted: LeadState): string => this.#leads.filter((_, lead) => judged[lead] === wanted).join(', ');
    this.#condition('signalSaturated', judged.includes('saturated'), `saturated: ${named('saturated')}`);
    this.#condition('noisySignal', judged.includes('noisy') && !judged.includes('ok'), `noisy: ${named('noisy')}`);
  }

  #isOff(lead: number): boolean {
    return ((this.#offMask >>> lead) & 1) === 1;
  }
}

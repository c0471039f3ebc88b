/** ISO/IEEE 11073-10101 names of ECG leads as they are met: MDC_ECG_LEAD_II, MDC_ECG_ELEC_POTL_II. */
import { canonicalLead, type Lead } from '../../ecg/leads.ts';

const LEAD_NAME = /^MDC_ECG_(?:LEAD|ELEC_POTL)_(\w+)$/;

export function leadOfMdc(name: string): Lead | undefined {
  const lead = LEAD_NAME.exec(name)?.[1];
  return lead === undefined ? undefined : canonicalLead(lead);
}

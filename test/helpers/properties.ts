/**
 * fast-check with one seed for every property, so that a run says the same twice. `PROPERTY_SEED=7 npx vitest run
 * --project parts` tries other inputs; what that finds becomes an example beside the property.
 */
import fc from 'fast-check';

fc.configureGlobal({
  seed: Number(process.env['PROPERTY_SEED'] ?? 20_261_125),
  // Without this an array of up to 200 has ten elements at the most: no queue overflows, nothing is evicted, no course is long.
  defaultSizeToMaxWhenMaxSpecified: true,
});

export default fc;

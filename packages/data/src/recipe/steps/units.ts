import { DataError, nearest } from '../../error.ts';

/** What one of each unit is in the first of its kind (SI brochure, 9th edition; avoirdupois, international yard and pound). */
const kinds: readonly Readonly<Record<string, number>>[] = [
  {
    m: 1,
    nm: 1e-9,
    um: 1e-6,
    µm: 1e-6,
    mm: 1e-3,
    cm: 1e-2,
    dm: 0.1,
    km: 1e3,
    in: 0.0254,
    ft: 0.3048,
    yd: 0.9144,
    mi: 1609.344,
    nmi: 1852,
  },
  { kg: 1, µg: 1e-9, ug: 1e-9, mg: 1e-6, g: 1e-3, t: 1e3, oz: 0.028349523125, lb: 0.45359237 },
  { s: 1, ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, min: 60, h: 3600, d: 86_400 },
  { m2: 1, 'm²': 1, cm2: 1e-4, 'cm²': 1e-4, km2: 1e6, 'km²': 1e6, ha: 1e4, acre: 4046.8564224 },
  { l: 1e-3, L: 1e-3, ml: 1e-6, mL: 1e-6, m3: 1, 'm³': 1, cm3: 1e-6, 'cm³': 1e-6, gal: 0.003785411784 },
  { 'm/s': 1, 'km/h': 1 / 3.6, kmh: 1 / 3.6, mph: 0.44704, kn: 1852 / 3600 },
  { Pa: 1, hPa: 100, kPa: 1e3, MPa: 1e6, bar: 1e5, mbar: 100, atm: 101_325, psi: 6894.757293168361 },
  { J: 1, kJ: 1e3, MJ: 1e6, Wh: 3600, kWh: 3.6e6, cal: 4.184, kcal: 4184 },
  { W: 1, mW: 1e-3, kW: 1e3, MW: 1e6, hp: 745.6998715822702 },
  { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 },
  { '%': 0.01, '‰': 1e-3, ppm: 1e-6 },
];

/**
 * The factor to unit `to` of every unit that reads, `''` being a number alone: those of the same kind, and given ones.
 * @throws DataError 'recipe' for a unit that is not known and has no factors
 */
export function unitsTo(to: string, factors: Readonly<Record<string, number>>): Record<string, number> {
  const kind = kinds.find((units) => Object.hasOwn(units, to));
  if (kind === undefined && Object.keys(factors).length === 0) {
    const known = kinds.flatMap((units) => Object.keys(units));
    const suggestion = nearest(to, known);
    throw new DataError(
      'recipe',
      `parse-units: the unit "${to}" is not known${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`} Give factors: { UNIT: how many ${to} one is }, or one of ${known.join(' ')}`,
    );
  }
  const known = Object.entries(kind ?? {}).map(([unit, factor]) => [unit, factor / kind![to]!]);
  return { '': 1, ...Object.fromEntries(known), [to]: 1, ...factors };
}

/** What the API answers, as far as the map reads it. Names are those of the tasking feature. */
import type { Feature, FeatureCollection, Geometry, MultiPolygon, Polygon } from "geojson";

export const AGENCIES = ["police", "council", "fire"] as const;
export type Agency = (typeof AGENCIES)[number];

/** A colour and its words, for the features whose `property` has this `value`. */
export interface LegendEntry {
  property: string;
  value: string;
  label: string;
  colour: string;
}

export interface Collection {
  id: string;
  title: string;
  description: string;
  extent?: { spatial?: { bbox: number[][] } };
  legend: LegendEntry[];
  marking: string;
  /** The last day that each agency's feeds cover, as YYYY-MM-DD; null where the layer has none of its data. */
  data_cutoff: Record<Agency, string | null>;
  feeds_late: string[];
  attribution: string;
  caveats: string[];
  incidents: number;
  cells: number;
  significant: number;
  made_up?: boolean;
}

export interface HexProperties {
  area_name: string | null;
  rank: number;
  /** Places gained since the last run; null for a hexagon that it did not rank. */
  rank_change: number | null;
  confidence: string;
  count_total: number;
  count_police: number;
  count_council: number;
  count_fire: number;
  top_categories: string[];
  /** What the average hexagon of the area holds. */
  expected: number;
  hotspot_class: string | null;
  location_exact: number;
  location_rounded: number;
  location_snapped: number;
  rationale: string;
  caveats: string[];
  level: string | null;
  strand: string | null;
  /** null: nothing is proposed here, because chance explains the count. */
  tactical_option: string | null;
  control_strategy_ref: string | null;
  /** These are missing from what was published before there were layers by tactical option. */
  control_strategy_title?: string | null;
  shift?: string | null;
  score_parts?: string[];
  dosage?: string | null;
  handling_instruction?: string | null;
  lead_agency: Agency | null;
  supporting_agencies: Agency[];
  plan_owner: string | null;
  valid_from: string | null;
  valid_to: string | null;
  review_at: string | null;
  status: string | null;
  marking: string;
}

export type Hex = Feature<Polygon | MultiPolygon, HexProperties> & { id: string };
export type Areas = FeatureCollection<Geometry, { id: string; kind: string; name: string }>;

export interface TileJson {
  tiles: string[];
  minzoom?: number;
  maxzoom?: number;
}

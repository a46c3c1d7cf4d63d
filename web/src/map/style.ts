/** How the map is drawn: sources and layers, without a map. Pure. */
import type { Feature, FeatureCollection, Point } from "geojson";
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";

import { labelPoint } from "./geometry";
import type { Areas, LegendEntry } from "./types";

const CLEAR = "rgba(0, 0, 0, 0)";
const INK = "#0b0c0c";
const BOUNDARY = "#454a4d";
/** Kinds of area whose name is written on the map; smaller ones would cover it. */
const NAMED_KINDS = ["ward"];

export const HEX_SOURCE = "hexes";
export const HEX_FILL = "hex-fill";
export const AREAS_SOURCE = "areas";
export const LABELS_SOURCE = "area-names";
export const SELECTION_SOURCE = "selection";

export const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };

/** No outside tiles. */
export const PLAIN_STYLE: StyleSpecification = {
  version: 8,
  sources: {},
  layers: [{ id: "background", type: "background", paint: { "background-color": "#f3f3f1" } }],
};

/** The colour that the legend gives a feature; a value that the legend leaves out is not filled. */
export function fillColour(legend: readonly LegendEntry[]): ExpressionSpecification | string {
  const branches = legend.flatMap(({ property, value, colour }) => [["==", ["to-string", ["get", property]], value], colour]);
  return branches.length ? (["case", ...branches, CLEAR] as ExpressionSpecification) : CLEAR;
}

/** `overBasemap`: streets must show through. Without them, colours are exactly those of the legend. */
export function hexLayers(sourceLayer: string, legend: readonly LegendEntry[], overBasemap: boolean): LayerSpecification[] {
  const common = { source: HEX_SOURCE, "source-layer": sourceLayer };
  return [
    {
      ...common,
      id: HEX_FILL,
      type: "fill",
      paint: { "fill-color": fillColour(legend), "fill-opacity": overBasemap ? 0.7 : 1, "fill-antialias": false },
    },
    { ...common, id: "hex-edge", type: "line", paint: { "line-color": INK, "line-width": 0.5, "line-opacity": 0.35 } },
  ];
}

/** From afar the smallest areas would blacken the hexagons, so they are drawn from this zoom on. */
const CLOSE = 11;

export const AREA_LINES: LayerSpecification = {
  id: "area-lines",
  type: "line",
  source: AREAS_SOURCE,
  paint: {
    "line-color": BOUNDARY,
    "line-width": [
      "step",
      ["zoom"],
      ["match", ["get", "kind"], ["partnership", "borough"], 1.5, "ward", 0.5, 0],
      CLOSE,
      ["match", ["get", "kind"], ["partnership", "borough"], 2.5, "ward", 1.25, 0.5],
    ],
  },
};

export const SELECTION_LINES: LayerSpecification[] = [
  { id: "selection-halo", type: "line", source: SELECTION_SOURCE, paint: { "line-color": "#ffdd00", "line-width": 7 } },
  { id: "selection-line", type: "line", source: SELECTION_SOURCE, paint: { "line-color": INK, "line-width": 3 } },
];

/** Letters are drawn by the browser, because a plain style names no server of fonts. */
export const AREA_NAMES: LayerSpecification = {
  id: "area-names",
  type: "symbol",
  source: LABELS_SOURCE,
  layout: { "text-field": ["get", "name"], "text-size": 13, "text-font": ["Arial"], "text-max-width": 8 },
  paint: { "text-color": INK, "text-halo-color": "#ffffff", "text-halo-width": 2 },
};

export function areaNames(areas: Areas): FeatureCollection<Point> {
  const features = areas.features.flatMap(({ geometry, properties }): Feature<Point>[] => {
    const coordinates = NAMED_KINDS.includes(properties.kind) ? labelPoint(geometry) : null;
    return coordinates ? [{ type: "Feature", geometry: { type: "Point", coordinates }, properties: { name: properties.name } }] : [];
  });
  return { type: "FeatureCollection", features };
}

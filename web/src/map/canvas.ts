/** The drawn map. It knows hexagons and boundaries, and nothing of the rest of the page. */
import * as maplibre from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import type { Geometry } from "geojson";

import { type Box, bounds } from "./geometry";
import * as style from "./style";
import type { Areas, Collection, TileJson } from "./types";

// Without its worker's address the build passes and the map stays blank.
maplibre.setWorkerUrl(workerUrl);

export interface Listener {
  /** A hexagon was chosen, with the pointer or with Enter. */
  chosen(id: string): void;
  /** So many hexagons were chosen at once, drawn as one because they are too small to see; the map moves closer. */
  chosenTogether(cells: number): void;
  /** A tile, or a part of the base map, did not arrive. */
  failed(): void;
}

export interface Opening {
  container: HTMLElement;
  /** The id of the element that tells how to use the map without a pointer. */
  help: string;
  /** What to show at first; undefined: the world. */
  box: Box | undefined;
  /** null: a plain background. */
  basemap: maplibre.StyleSpecification | null;
  listener: Listener;
}

/** Some machines have graphics switched off; the page's list works without. */
export const canDraw = () => document.createElement("canvas").getContext("webgl2") !== null;

export class HexMap {
  readonly #map: maplibre.Map;
  readonly #basemap: boolean;

  private constructor(map: maplibre.Map, basemap: boolean) {
    this.#map = map;
    this.#basemap = basemap;
  }

  /** A map of `box`, with its empty layers in place. */
  static async open({ container, help, box, basemap, listener }: Opening): Promise<HexMap> {
    const map = new maplibre.Map({
      container,
      style: basemap ?? style.PLAIN_STYLE,
      attributionControl: basemap ? {} : false,
      ...(box && { bounds: box, fitBoundsOptions: { padding: 20 } }),
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      // A page is printed from the drawing buffer, which is otherwise empty by then.
      canvasContextAttributes: { preserveDrawingBuffer: true },
      locale: { "Map.Title": "Map of hot spots" },
    });
    map.getCanvas().setAttribute("aria-describedby", help);
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new maplibre.ScaleControl({ unit: "metric" }), "bottom-left");
    await map.once("style.load");
    const drawn = new HexMap(map, basemap !== null);
    drawn.#prepare(basemap?.glyphs === undefined);
    drawn.#listen(container, listener);
    return drawn;
  }

  showAreas(areas: Areas): void {
    this.#source(style.AREAS_SOURCE).setData(areas);
    this.#map.getSource<maplibre.GeoJSONSource>(style.LABELS_SOURCE)?.setData(style.areaNames(areas));
  }

  /** Replace the hexagons on the map by those of another layer. */
  showLayer(collection: Collection, tiles: TileJson): void {
    const layers = style.hexLayers(collection.id, collection.legend, this.#basemap);
    if (this.#map.getSource(style.HEX_SOURCE)) {
      layers.forEach(({ id }) => this.#map.removeLayer(id));
      this.#map.removeSource(style.HEX_SOURCE);
    }
    const { tiles: addresses, minzoom = 0, maxzoom = 22 } = tiles;
    this.#map.addSource(style.HEX_SOURCE, { type: "vector", tiles: addresses, minzoom, maxzoom });
    layers.forEach((layer) => this.#map.addLayer(layer, style.AREA_LINES.id));
  }

  /** Draw an outline round one hexagon; null takes it away. */
  highlight(geometry: Geometry | null): void {
    this.#source(style.SELECTION_SOURCE).setData(geometry ?? style.EMPTY);
  }

  /** Move to a hexagon, leaving some of its surroundings in view. */
  goTo(geometry: Geometry): void {
    const { clientWidth, clientHeight } = this.#map.getContainer();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const padding = Math.min(clientWidth, clientHeight) * 0.38;
    this.#map.fitBounds(bounds(geometry), { padding, maxZoom: 15, animate: !still });
  }

  focus(): void {
    this.#map.getCanvas().focus();
  }

  #source(id: string): maplibre.GeoJSONSource {
    return this.#map.getSource(id) as maplibre.GeoJSONSource;
  }

  #prepare(withNames: boolean): void {
    this.#map.addSource(style.AREAS_SOURCE, { type: "geojson", data: style.EMPTY });
    this.#map.addSource(style.SELECTION_SOURCE, { type: "geojson", data: style.EMPTY });
    this.#map.addLayer(style.AREA_LINES);
    if (withNames) {
      this.#map.addSource(style.LABELS_SOURCE, { type: "geojson", data: style.EMPTY });
      this.#map.addLayer(style.AREA_NAMES);
    }
    style.SELECTION_LINES.forEach((layer) => this.#map.addLayer(layer));
  }

  #listen(container: HTMLElement, listener: Listener): void {
    const choose = (point: maplibre.PointLike) => {
      const drawn = this.#at(point);
      if (drawn?.properties["cells"] !== undefined) {
        listener.chosenTogether(Number(drawn.properties["cells"]));
        this.goTo(drawn.geometry);
      } else if (drawn) {
        listener.chosen(String(drawn.properties["id"]));
      }
    };
    this.#map.on("click", ({ point }) => choose(point));
    this.#map.getCanvas().addEventListener("keydown", ({ key }) => {
      if (key === "Enter") {
        choose(this.#map.project(this.#map.getCenter()));
      }
    });
    this.#map.on("mousemove", ({ point }) => {
      this.#map.getCanvas().style.cursor = this.#at(point) ? "pointer" : "";
    });
    this.#map.on("error", ({ error }) => {
      console.error(error);
      listener.failed();
    });
    // For whoever waits for the picture: tests, and a printer's script.
    this.#map.on("movestart", () => (container.dataset["state"] = "drawing"));
    this.#map.on("dataloading", () => (container.dataset["state"] = "drawing"));
    this.#map.on("idle", () => (container.dataset["state"] = "drawn"));
  }

  #at(point: maplibre.PointLike): maplibre.MapGeoJSONFeature | undefined {
    return this.#map.getLayer(style.HEX_FILL) && this.#map.queryRenderedFeatures(point, { layers: [style.HEX_FILL] })[0];
  }
}

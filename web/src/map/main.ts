import { readAddress } from "./address";
import { HexMap, canDraw } from "./canvas";
import { ApiFailure, loadAreas, loadCollections, loadStyle } from "./client";
import { byId } from "./dom";
import type { Box } from "./geometry";
import "./map.scss";
import { MapPage, report, reporting, sayNothingPublished, sayTogether } from "./page";
import type { Collection } from "./types";

await reporting(start());

async function start(): Promise<void> {
  const collections = await loadCollections().catch((failure: unknown) => {
    byId("loading").hidden = true;
    throw failure;
  });
  const [first] = collections;
  if (first) {
    await open(collections, first);
  } else {
    sayNothingPublished();
  }
}

async function open(collections: Collection[], first: Collection): Promise<void> {
  const { layer, cell } = readAddress(location.search);
  const asked = collections.find(({ id }) => id === layer);
  if (layer && !asked) {
    report(`There is no layer called ${layer}. This is ${first.title}.`);
  }
  byId("loading").hidden = true;
  byId("map-page").hidden = false;
  const shown = asked ?? first;
  const page: MapPage = new MapPage(collections, shown, await openMap(shown, (id) => void page.chooseById(id)));
  await page.showLayer(shown);
  if (cell) {
    await page.chooseById(cell);
  }
}

async function openMap(layer: Collection, chosen: (id: string) => void): Promise<HexMap | null> {
  if (!canDraw()) {
    report("This browser cannot draw the map, because WebGL is switched off. The list of hot spots works without it.");
    return null;
  }
  const map = await HexMap.open({
    container: byId("map"),
    help: "map-help",
    box: layer.extent?.spatial?.bbox[0] as Box | undefined,
    basemap: await basemap(),
    listener: { chosen, chosenTogether: sayTogether, failed: () => report("A part of the map did not load. Load the page again.") },
  });
  void reporting(loadAreas().then((areas) => map.showAreas(areas)));
  return map;
}

/** The operator's base map, or null for a plain background: when none is set, and when it does not answer. */
async function basemap() {
  const address = byId("map-page").dataset["basemapStyle"];
  return address ? await loadStyle(address).catch(plainInstead) : null;
}

function plainInstead(failure: unknown): null {
  if (!(failure instanceof ApiFailure)) {
    throw failure;
  }
  report(`The base map is missing: ${failure.message}`);
  return null;
}

/** The addresses of the API that the map asks. */
import type { StyleSpecification } from "maplibre-gl";

import type { Areas, Collection, Hex, TileJson } from "./types";

/** The API could not be reached, or refused; the message is a sentence for the reader of the page. */
export class ApiFailure extends Error {}

export const collectionPath = (layer: string) => `/collections/${encodeURIComponent(layer)}`;

export const itemPath = (layer: string, id: string) => `${collectionPath(layer)}/items/${encodeURIComponent(id)}`;

export async function loadCollections(): Promise<Collection[]> {
  return (await getJson<{ collections: Collection[] }>("/collections?f=json")).collections;
}

export function loadAreas(): Promise<Areas> {
  return getJson("/areas?f=json&limit=10000");
}

export function loadHex(layer: string, id: string): Promise<Hex> {
  return getJson(`${itemPath(layer, id)}?f=json`);
}

/** The first `count` hexagons of a layer, which the API gives in the order of their rank. */
export async function loadTop(layer: string, count: number): Promise<Hex[]> {
  return (await getJson<{ features: Hex[] }>(`${collectionPath(layer)}/items?f=json&limit=${count}`)).features;
}

/** Tile addresses are made absolute against their own document, because the map's worker has another base. */
export async function loadTileJson(layer: string): Promise<TileJson> {
  const path = `${collectionPath(layer)}/tilejson.json`;
  const document = await getJson<TileJson>(path);
  const base = new URL(path, location.href);
  return { ...document, tiles: document.tiles.map((tile) => decodeURI(new URL(tile, base).href)) };
}

export function loadStyle(address: string): Promise<StyleSpecification> {
  return getJson(address);
}

async function getJson<T>(path: string): Promise<T> {
  const response = await fetch(path, { headers: { accept: "application/json" } }).catch(() => {
    throw new ApiFailure(`${path} could not be reached. Check that the service runs, then load the page again.`);
  });
  if (!response.ok) {
    throw new ApiFailure(await refusal(path, response));
  }
  return (await response.json()) as T;
}

/** The API's errors are problem documents (RFC 9457); a proxy's are not. */
async function refusal(path: string, response: Response): Promise<string> {
  const problem = (await response.json().catch(() => ({}))) as { detail?: string };
  return problem.detail ?? `${path} answered ${response.status}. Load the page again, or run aim doctor.`;
}

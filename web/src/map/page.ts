/** The page: one layer, at most one chosen hexagon, and everything on screen in step with them. */
import { writeAddress } from "./address";
import type { HexMap } from "./canvas";
import { ApiFailure, loadHex, loadTileJson, loadTop } from "./client";
import { byId, element } from "./dom";
import { LISTED, isProposed, markChosen, renderHotSpots } from "./hotspots";
import { renderChoice, renderLegend, renderSmallPrint } from "./layers";
import { renderPanel } from "./panel";
import { renderStatus, warning } from "./status";
import type { Collection, Hex } from "./types";
import { count, summary } from "./words";

export class MapPage {
  #layer: Collection;
  #chosen: string | null = null;
  /** Where the focus goes back to when the panel closes; null: the map. */
  #opener: HTMLElement | null = null;

  /** `map` null: a machine that cannot draw, where the list and the panel do the work. */
  constructor(
    readonly collections: readonly Collection[],
    first: Collection,
    readonly map: HexMap | null,
  ) {
    this.#layer = first;
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.close());
    byId("layers").replaceChildren(renderChoice(collections, first, (layer) => void this.#switchTo(layer)));
  }

  /** Show a layer with nothing chosen. The view stays, so that two layers can be compared in one place. */
  async showLayer(layer: Collection): Promise<void> {
    this.#layer = layer;
    this.#leave();
    this.#describe(layer);
    await Promise.all([this.#fillMap(layer), this.#fillList(layer)].map(reporting));
  }

  /** Open the panel of a hexagon that is only known by its id: from the map, or from the page's address. */
  async chooseById(id: string): Promise<void> {
    await reporting(loadHex(this.#layer.id, id).then((hex) => this.choose(hex, this.#entryOf(id))));
  }

  choose(hex: Hex, opener: HTMLElement | null): void {
    this.#chosen = hex.id;
    this.#opener = opener;
    this.map?.highlight(hex.geometry);
    this.map?.goTo(hex.geometry);
    const panel = byId("panel");
    panel.replaceChildren(...renderPanel(this.#layer, hex, () => this.close()));
    panel.hidden = false;
    byId("panel-heading").focus({ preventScroll: true });
    scrollTo(panel);
    markChosen(byId("hot-spots"), hex.id);
    byId("announcer").textContent = summary(this.#layer, hex);
    writeAddress(this.#layer.id, hex.id);
  }

  /** Close the panel and put the focus back where it came from. */
  close(): void {
    if (this.#chosen === null) {
      return;
    }
    this.#leave();
    byId("announcer").textContent = "Closed.";
    if (this.#opener?.isConnected) {
      this.#opener.focus();
    } else {
      this.map?.focus();
    }
  }

  async #switchTo(layer: Collection): Promise<void> {
    byId("problem").replaceChildren();
    await this.showLayer(layer);
  }

  #leave(): void {
    this.#chosen = null;
    this.map?.highlight(null);
    byId("panel").hidden = true;
    byId("panel").replaceChildren();
    markChosen(byId("hot-spots"), null);
    writeAddress(this.#layer.id, null);
  }

  #describe(layer: Collection): void {
    document.title = `${layer.title} – Map – Active Intelligence Mapping`;
    byId("map-heading").textContent = layer.title;
    byId("freshness").replaceChildren(...renderStatus(layer));
    byId("legend").replaceChildren(...renderLegend(layer));
    byId("small-print").replaceChildren(...renderSmallPrint(layer));
    for (const banner of document.querySelectorAll("[data-marking]")) {
      banner.textContent = layer.marking;
    }
    const attribution = document.querySelector<HTMLElement>("[data-attribution]");
    if (attribution) {
      attribution.textContent = layer.attribution;
      attribution.hidden = layer.attribution === "";
    }
  }

  async #fillMap(layer: Collection): Promise<void> {
    const tiles = this.map && (await loadTileJson(layer.id));
    if (tiles && layer === this.#layer) {
      this.map?.showLayer(layer, tiles);
    }
  }

  async #fillList(layer: Collection): Promise<void> {
    const hexes = await loadTop(layer.id, LISTED);
    if (layer === this.#layer) {
      const choose = (hex: Hex, button: HTMLElement) => this.choose(hex, button);
      byId("hot-spots").replaceChildren(...renderHotSpots(layer, hexes.filter(isProposed), choose));
      markChosen(byId("hot-spots"), this.#chosen);
    }
  }

  #entryOf(id: string): HTMLElement | null {
    return byId("hot-spots").querySelector(`button[data-hex="${CSS.escape(id)}"]`);
  }
}

/** Bring the top of the panel into view, unless enough of it is there already: a page that jumps loses its reader. */
function scrollTo(panel: HTMLElement): void {
  const { top } = panel.getBoundingClientRect();
  if (top < 0 || top > innerHeight / 2) {
    panel.scrollIntoView();
  }
}

/** Say what went wrong in words, once a kind. */
export function report(message: string): void {
  const place = byId("problem");
  if (![...place.children].some((child) => child.textContent?.includes(message))) {
    place.append(warning(message));
  }
}

/** A failure of the API becomes a sentence on the page; a mistake of our own is left to the browser's console. */
export async function reporting(work: Promise<unknown>): Promise<void> {
  await work.catch((failure: unknown) => {
    if (!(failure instanceof ApiFailure)) {
      throw failure;
    }
    report(failure.message);
  });
}

export function sayNothingPublished(): void {
  byId("loading").replaceChildren("No layer is published yet: run ", element("code", {}, "aim score"), ".");
}

/** From afar several hexagons are drawn as one, which has no panel of its own. */
export function sayTogether(cells: number): void {
  byId("announcer").textContent = `${count(cells, "hexagon")} are drawn here as one: choose again from closer by.`;
}

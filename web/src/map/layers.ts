/** The choice of layer, its legend and its small print. */
import { collectionPath } from "./client";
import { element } from "./dom";
import type { Collection, LegendEntry } from "./types";
import { count } from "./words";

export function renderChoice(
  collections: readonly Collection[],
  current: Collection,
  choose: (collection: Collection) => void,
): HTMLElement {
  const items = collections.map((collection) => radio(collection, collection === current, choose));
  return element(
    "fieldset",
    { class: "govuk-fieldset" },
    element("legend", { class: "govuk-fieldset__legend govuk-fieldset__legend--s" }, "Layer"),
    element("div", { class: "govuk-radios govuk-radios--small govuk-radios--inline" }, ...items),
  );
}

function radio(collection: Collection, checked: boolean, choose: (collection: Collection) => void): HTMLElement {
  const id = `layer-${collection.id}`;
  const input = element("input", { class: "govuk-radios__input", type: "radio", name: "layer", id, value: collection.id, checked });
  input.addEventListener("change", () => choose(collection));
  const label = element("label", { class: "govuk-label govuk-radios__label", for: id }, collection.title);
  return element("div", { class: "govuk-radios__item" }, input, label);
}

export function renderLegend(collection: Collection): HTMLElement[] {
  const { incidents, cells, significant } = collection;
  const totals = `${count(incidents, "incident")} in ${count(cells, "hexagon")}, ${significant.toLocaleString("en-GB")} hot at 95 % confidence or more.`;
  return [
    element("h2", { class: "govuk-heading-s aim-legend__heading" }, "Legend"),
    element("ul", { class: "govuk-list aim-legend" }, ...collection.legend.map(legendEntry)),
    element("p", { class: "govuk-body-s" }, totals),
  ];
}

function legendEntry({ colour, label }: LegendEntry): HTMLElement {
  const swatch = element("span", { class: "aim-legend__swatch", "aria-hidden": "true" });
  swatch.style.backgroundColor = colour;
  return element("li", {}, swatch, label);
}

export function renderSmallPrint(collection: Collection): HTMLElement[] {
  const caveats = collection.caveats.map((caveat) => element("li", {}, caveat));
  return [
    element("h2", { class: "govuk-heading-s" }, "About this layer"),
    element("p", { class: "govuk-body" }, collection.description),
    ...(caveats.length ? [element("ul", { class: "govuk-list govuk-list--bullet" }, ...caveats)] : []),
    element("p", { class: "govuk-body" }, element("a", { class: "govuk-link", href: `${collectionPath(collection.id)}?f=html` }, "This layer for map clients")),
  ];
}

/** What a reader must know first: how old the data is, who is late, and whether it is real. */
import { element } from "./dom";
import type { Collection } from "./types";
import { freshness, list } from "./words";

export function renderStatus(collection: Collection): HTMLElement[] {
  const cutoff = element("p", { class: "govuk-body" }, element("strong", {}, "Data: "), freshness(collection.data_cutoff));
  const late = collection.feeds_late.length ? [warning(`Late: ${list(collection.feeds_late)}. A quiet map may be a missing feed.`)] : [];
  const madeUp = collection.made_up ? [warning("Made-up sample data: nothing on this map happened.")] : [];
  return [...madeUp, cutoff, ...late];
}

export function warning(text: string): HTMLElement {
  return element(
    "div",
    { class: "govuk-warning-text" },
    element("span", { class: "govuk-warning-text__icon", "aria-hidden": "true" }, "!"),
    element(
      "strong",
      { class: "govuk-warning-text__text" },
      element("span", { class: "govuk-visually-hidden" }, "Warning"),
      text,
    ),
  );
}

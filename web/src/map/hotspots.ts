/** The ranked list beside the map: the way to every hot spot without a pointer. */
import { element } from "./dom";
import type { Collection, Hex } from "./types";
import { confidence, count, number, place } from "./words";

export const LISTED = 20;

/** Only hot spots are proposed for tasking; ranks go on to hexagons that chance explains. */
export const isProposed = ({ properties }: Hex) => properties.tactical_option !== null;

export function renderHotSpots(
  collection: Collection,
  hexes: readonly Hex[],
  choose: (hex: Hex, button: HTMLElement) => void,
): HTMLElement[] {
  const heading = element("h2", { class: "govuk-heading-m", id: "hot-spots-heading" }, "Top hot spots");
  if (hexes.length === 0) {
    return [heading, element("p", { class: "govuk-body" }, "No hexagon of this layer stands out from the rest.")];
  }
  const items = hexes.map((hex) => element("li", {}, entry(collection, hex, choose)));
  return [heading, element("ol", { class: "aim-hot-spots" }, ...items)];
}

/** Mark the entry of the chosen hexagon, if it is in the list. */
export function markChosen(container: HTMLElement, id: string | null): void {
  for (const button of container.querySelectorAll<HTMLElement>("button[data-hex]")) {
    button.setAttribute("aria-pressed", String(button.dataset["hex"] === id));
  }
}

function entry(collection: Collection, hex: Hex, choose: (hex: Hex, button: HTMLElement) => void): HTMLElement {
  const { rank, count_total, confidence: value } = hex.properties;
  const button = element(
    "button",
    { type: "button", class: "aim-hot-spots__entry", "data-hex": hex.id, "aria-pressed": "false" },
    element("span", { class: "aim-hot-spots__rank" }, element("span", { class: "govuk-visually-hidden" }, "Rank "), number(rank)),
    " ",
    element("span", { class: "aim-hot-spots__place" }, place(hex)),
    " ",
    element("span", { class: "aim-hot-spots__detail" }, `${count(count_total, "incident")}. ${confidence(collection, value)}`),
  );
  button.addEventListener("click", () => choose(hex, button));
  return button;
}

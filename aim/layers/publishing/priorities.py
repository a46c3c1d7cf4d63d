"""Which priority of the control strategy a layer and its features are for, and what is said where it is none."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from aim.hotspots.placed import NO_PRIORITY
from aim.layers.publishing.layer import Layer
from aim.strategy.schema import Priority
from aim.strategy.store import InForce
from aim.vocabulary.categories import categories


def priorities_by_category(in_force: InForce) -> dict[str, str]:
    """By category, the id of the priority in force that it falls under.

    Where no strategy is loaded, as the vocabulary has it; a caveat says so.
    """
    if in_force.digest is not None:
        return {category: each.id for category, each in in_force.of_category().items()}
    known = categories().values()
    return {each.id: each.control_strategy for each in known if each.control_strategy != NO_PRIORITY}


@dataclass(frozen=True)
class Reference:
    """The priority of a feature, as its properties have it; `priority` is None where the strategy has none such."""

    ref: str | None
    priority: Priority | None

    @classmethod
    def of(cls, layer: Layer, in_force: InForce, ref: str | None) -> "Reference":
        """`ref` is that of the feature itself, where it has one."""
        chosen = ref or layer.control_strategy_ref
        return cls(chosen, in_force.named(chosen) if chosen else None)

    def properties(self, layer: Layer) -> dict[str, Any]:
        """Level, id and title."""
        level = layer.level if self.priority is None else self.priority.level
        title = None if self.priority is None else self.priority.title
        return {"level": level.value, "control_strategy_ref": self.ref, "control_strategy_title": title}


def strategy_caveats(layer: Layer, in_force: InForce, day: date) -> list[str]:
    """What to know of a layer beside the control strategy: an emerging issue outside it is to be seen as one."""
    if in_force.digest is None:
        return ["No control strategy is loaded: priorities are those of the vocabulary. Load one: aim strategy load."]
    ref = layer.control_strategy_ref
    if ref is None or in_force.named(ref):
        return []
    on = f"{day.day} {day:%B %Y}"
    by_category = in_force.of_category()
    spanned = dict.fromkeys(by_category[name].title for name in layer.categories if name in by_category)
    if not spanned:
        return [f"Outside the control strategy: no priority in force on {on} is about what this layer counts."]
    return [
        f"This layer is no priority of the control strategy on {on}; it counts what falls under: {'; '.join(spanned)}."
    ]


def outside(in_force: InForce, reference: Reference) -> list[str]:
    """The caveat of a feature of a layer with several priorities that none of them is about."""
    if in_force.digest is None or reference.ref is not None:
        return []
    return ["Outside the control strategy: most of what happens here falls under none of its priorities."]

"""The plans that are open side by side on the what-if page: in the session, and each whole in the address."""

from dataclasses import dataclass

import streamlit as st

from analytics.prescriptive.scenario import Scenario
from analytics.prescriptive.scenario_text import rounded, scenario_from, scenario_text

SLOTS = ("s1", "s2", "s3", "s4")
"""The parameters of the address that hold them."""
CHOSEN = "plan"
"""The parameter that says which of them is being changed, 1 to 4."""
RANGES = "ranges"
"""The parameter that says whether ranges are shown."""
_KEY = "_open_scenarios"


def known_plan_choices() -> dict[str, list[str]]:
    """What the address can ask of the page beside the plans themselves, by parameter."""
    return {CHOSEN: [str(place + 1) for place in range(len(SLOTS))], RANGES: ["true", "false"]}


@dataclass
class OpenScenarios:
    """The plans in their order, and which of them is being changed.

    ``written`` is what the address was last told of them, ``written_place`` which of them it was told; ``notes`` are
    sentences about what could not be opened, said once.
    """

    plans: list[Scenario]
    chosen: int = 0
    written: tuple[tuple[str, str], ...] = ()
    written_place: int = 0
    notes: tuple[str, ...] = ()

    @property
    def open(self) -> Scenario | None:
        """The one being changed; None where there is none yet."""
        return self.plans[self.chosen] if self.plans else None

    def put(self, scenario: Scenario) -> None:
        """In place of the one being changed."""
        self.plans[self.chosen : self.chosen + 1] = [rounded(scenario)]

    def add(self, scenario: Scenario) -> None:
        """Beside the others, and to be changed; the same again is only chosen, a fifth takes the last one's place."""
        wanted = rounded(scenario)
        if wanted in self.plans:
            self.chosen = self.plans.index(wanted)
            return
        if len(self.plans) == len(SLOTS):
            replaced = self.plans.pop()
            self.notes += (f"{len(SLOTS)} plans stand side by side: “{wanted.name}” takes the place of "
                           f"“{replaced.name}”.",)  # fmt: skip
        self.plans.append(wanted)
        self.chosen = len(self.plans) - 1

    def query(self) -> dict[str, str]:
        """What the address says of them."""
        texts = [scenario_text(plan) for plan in self.plans]
        return dict(zip(SLOTS, texts, strict=False)) | ({CHOSEN: str(self.chosen + 1)} if self.chosen else {})

    def remove(self) -> None:
        """The one being changed."""
        del self.plans[self.chosen : self.chosen + 1]
        self.chosen = max(0, min(self.chosen, len(self.plans) - 1))


def open_scenarios() -> OpenScenarios:
    """Those of this session."""
    return st.session_state.setdefault(_KEY, OpenScenarios([]))


def with_one_more(scenario: Scenario) -> OpenScenarios:
    """Those of this session and this one beside them; the session has it once its address is followed."""
    held = open_scenarios()
    more = OpenScenarios(list(held.plans), held.chosen)
    more.add(scenario)
    return more


def follow_address(stayed: bool) -> OpenScenarios:
    """The plans that the address names; what it names in vain is dropped with a note.

    Parameters
    ----------
    stayed : whether the page was drawn before, so that an address without plans means none: who comes from another
        page finds what was left.
    """
    held = open_scenarios()
    named = _named()
    if (named, _asked()) != (held.written, held.written_place) and (named or stayed):
        held.plans, held.notes = [], ()
        for slot, text in named:
            try:
                held.plans.append(scenario_from(text))
            except ValueError as error:
                held.notes += (f"The plan {slot} of the address was left out: {error}.",)
        held.chosen = _asked() if _asked() < len(held.plans) else 0
    tell_address()
    return held


def tell_address() -> None:
    """Put the plans into the address, where they are not."""
    held = open_scenarios()
    wanted = held.query()
    for name in (*SLOTS, CHOSEN):
        if name in st.query_params and name not in wanted:
            del st.query_params[name]
    if unlike := {name: text for name, text in wanted.items() if st.query_params.get_all(name) != [text]}:
        st.query_params.update(unlike)  # at once: each change of the address is a step that Back goes
    held.written, held.written_place = _named(), _asked()


def _named() -> tuple[tuple[str, str], ...]:
    """Slot and text of what the address names."""
    return tuple((slot, st.query_params[slot]) for slot in SLOTS if st.query_params.get(slot))


def _asked() -> int:
    """Which of them the address asks for; the first where it asks for none that can be."""
    places = known_plan_choices()[CHOSEN]
    asked = st.query_params.get(CHOSEN)
    return places.index(asked) if asked in places else 0

"""What is done is logged with what it was done to, in the transaction that did it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from aim.access.agreements import Terms, load_terms
from aim.access.roles import Edition
from aim.audit.log import operator
from aim.audit.verify import verify
from aim.errors import UnusualLoad
from aim.exchange.share import Request, share
from aim.ingest.feeds import FEEDS
from aim.ingest.health.gate import Acceptance
from aim.ingest.links.review import Decision, make
from aim.ingest.links.review import run as link
from aim.ingest.load import ingest
from aim.ingest.quarantine import export_rejects, list_rejects
from aim.ingest.quarantine.replay import replay
from aim.ingest.retention.expiry import expire
from aim.ingest.retention.period import set_period
from aim.ingest.source import Payload
from aim.layers.publishing.export import export
from aim.strategy.schema import checked
from aim.strategy.store import load as set_strategy
from aim.vocabulary.nim import Agency
from tests.audit.lines import Entry, entries
from tests.ingest.files import fire, police
from tests.strategy.files import priority, strategy
from tests.town import Town, at

NOW = datetime(2026, 10, 1, tzinfo=UTC)
CRIMES, FIRES = "police-uk-street", "lfb-incidents"
AGREED = Terms(
    name="town-centre",
    title="Town centre",
    purpose="Tasking",
    legal_basis="Crime and Disorder Act 1998, section 115",
    feeds=(CRIMES,),
    signatories=(Agency.POLICE, Agency.COUNCIL),
    signed=date(2026, 1, 1),
    review=date(2026, 12, 1),
    expires=date(2027, 1, 1),
    handling="Not to be passed on",
)


def load(town: Town, feed: str, body: bytes, accepted: Acceptance | None = None) -> None:
    file = town.folder / "somebody" / f"{feed}.csv"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(body)
    ingest(town.engine, FEEDS[feed], Payload(file, f"somebody/{file.name}"), NOW, accepted=accepted)


def test_a_day_of_a_partnership_line_by_line(town: Town, tmp_path: Path) -> None:
    """Loaded, mended, linked, scored, given away, erased: one database for all of it."""
    engine, seen = town.engine, 0

    def new() -> list[Entry]:
        nonlocal seen
        found = entries(engine, seen)
        seen += len(found)
        assert {entry.actor for entry in found} <= {operator()}
        return [entry._replace(actor="") for entry in found]

    [areas] = new()
    assert (areas.action, areas.subject) == ("alteration", "areas")
    assert (areas.detail["areas"], areas.detail["partnership"]) == (2, "testby")

    load(town, CRIMES, police({"Month": "2026-13"}, *({"Crime ID": f"c{n}", "Month": "2026-09"} for n in range(99))))
    counts = {"read": 100, "inserted": 99, "updated": 0, "unchanged": 0, "removed": 0, "rejected": 1}
    assert new() == [("collection", "", f"feed/{CRIMES}", {"file": f"{CRIMES}.csv", **counts})]

    with pytest.raises(UnusualLoad):
        load(town, CRIMES, police({"Crime ID": "c1", "Month": "2026-09"}))
    assert new() == [("collection", "", f"feed/{CRIMES}", {"file": f"{CRIMES}.csv", "read": 1, "refused": ["rows"]})]

    assert len(list_rejects(engine, CRIMES)) == export_rejects(engine, tmp_path / "rejects.csv") == 1
    assert new() == [
        ("consultation", "", f"quarantine/{CRIMES}", {"rows": 1}),
        ("consultation", "", "quarantine", {"rows": 1, "file": "rejects.csv"}),
    ]

    replay(engine, NOW)
    [tried] = new()
    assert (tried.action, tried.subject, tried.detail["quarantine"]) == ("alteration", f"feed/{CRIMES}", "replayed")
    assert (tried.detail["read"], tried.detail["rejected"]) == (1, 1)

    load(town, FIRES, fire({"IncidentNumber": "f1"}))
    town.reports("2026-09-10T10:00:00+01:00", [at()])
    assert [(entry.action, entry.subject) for entry in new()] == [
        ("collection", f"feed/{FIRES}"), ("collection", "feed/open311")]  # fmt: skip

    with engine.connect() as connection:
        report = connection.exec_driver_sql("SELECT source_id FROM incident WHERE feed = 'open311'").scalar_one()
    made = make(engine, f"{FIRES}:f1", f"open311:{report}", Decision("jo", NOW, "seen by both"))
    decided = {"decision": "made", "decided_by": "jo", "feeds": [made["a"]["feed"], made["b"]["feed"]]}
    assert new() == [("alteration", "", "link-decision/1", decided)]

    linked = link(engine)
    assert new() == [("combination", "", "links", linked.as_dict())]

    scored = town.score(layers=["all-crime"])
    layers = {"layers": {"all-crime/testby": [CRIMES]}, "harm_weights": None}
    assert new() == [("combination", "", f"run/{scored.run}", layers)]
    town.score(layers=["all-crime"])
    assert new() == [], "nothing was made anew"

    told = export(engine, "all-crime", "csv", tmp_path / "out.csv", recipient="Testby College")
    known = {"format": "csv", "file": "out.csv", "features": told["features"], "marking": told["marking"]}
    subject, whose = f"layer/all-crime@{scored.run}", {"edition": "inside", "recipient": "Testby College"}
    assert new() == [("disclosure", "", subject, known | whose)]
    export(engine, "all-crime", "geojson", tmp_path / "out.geojson", edition=Edition.OUTSIDE)
    [left] = new()
    assert (left.subject, left.detail["edition"], left.detail["recipient"]) == (subject, "outside", None)

    about = share(engine, Request("2026Q3", "testby", "police", "Testby Council"), tmp_path / "q3", NOW, FEEDS)
    [given] = new()
    assert (given.action, given.subject) == ("disclosure", "share/testby/2026Q3")
    assert given.detail == {
        "sets": {entry["set"]: entry["rows"] for entry in about["sets"]}, "files": about["files"],
        "agency": "police", "recipient": "Testby Council",
    }  # fmt: skip

    with engine.begin() as connection:
        set_period(connection, FEEDS[CRIMES], 1)
    assert new() == [("alteration", "", f"feed/{CRIMES}", {"retention_months": 1})]
    expire(engine, NOW + timedelta(days=62), tmp_path, "jo", CRIMES)
    assert new() == [("erasure", "", f"feed/{CRIMES}", {"erasure": 1, "incidents": 99, "files": 0})]

    fires = checked(strategy(priority("fires", "secondary_fire")), "it")
    for _ in range(2):
        set_strategy(engine, fires, operator())
    told = {"digest": fires.digest, "priorities": 1, "intelligence_requirements": 0}
    assert new() == [("alteration", "", "strategy/1", told)], "the same again is no new version"

    with engine.begin() as connection:
        load_terms(connection, AGREED, operator())
    told = {"version": 1, "feeds": [CRIMES], "signatories": ["police", "council"]}
    assert new() == [("alteration", "", "agreement/town-centre", told)]
    assert verify(engine).lines == seen


def test_what_fails_has_no_line(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line is the last statement of a load; where even that fails, the load is undone with it."""
    file = tmp_path / "crimes.csv"
    file.write_bytes(police({}))
    monkeypatch.setattr("aim.audit.log.operator", lambda: None)
    monkeypatch.setattr("aim.ingest.logged.operator", lambda: None)
    with pytest.raises(Exception, match="null value in column"):
        ingest(engine, FEEDS[CRIMES], Payload(file, file.name), NOW)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM incident").scalar_one() == 0
    assert entries(engine) == []

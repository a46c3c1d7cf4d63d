"""What a draft infers from the values of a table, and where it asks instead."""

from pathlib import Path

import pytest

from aim.errors import UsageError, WrongColumns
from aim.ingest.draft.draft import draft
from aim.ingest.draft.findings import Sure
from aim.ingest.profile.schema import parse
from aim.ingest.source import payloads
from aim.vocabulary.nim import Agency
from tests.ingest.draft.tables import drafted, jobs, profile_of, sure, table


def test_a_whole_table_of_jobs(tmp_path: Path) -> None:
    found = drafted(tmp_path, jobs(300))
    profile = profile_of(found)
    assert profile.id is not None
    assert (profile.id.columns, profile.time.start) == (("Job ref",), ("Date logged", "Time logged"))
    assert profile.time.formats == ("%d/%m/%Y %H:%M",)
    assert [(place.x, place.y, place.crs) for place in profile.place] == [("Easting", "Northing", "EPSG:27700")]
    assert profile.category.columns == (("Problem type",),)
    assert profile.category.source == "open311", "it knows most of the words"
    assert profile.category.words == {"Noise - domestic": "noise"}
    assert profile.outcome is not None
    assert profile.outcome.column == ("Status",)
    assert found.trial is not None
    assert found.trial.taken == 300


def test_words_that_nobody_knows_are_listed_and_not_guessed(tmp_path: Path) -> None:
    found = drafted(tmp_path, jobs(300))
    assert '# "Wasps" = ""' in found.profile
    assert "other" not in profile_of(found).category.words.values()


def test_a_draft_that_leaves_nothing_open_does_not_ask_to_settle_anything(tmp_path: Path) -> None:
    known = drafted(tmp_path, jobs(60, **{"Problem type": "Litter", "Status": "Open"}))
    assert "TO BE DECIDED" not in known.profile
    assert "TO BE DECIDED, a person has to choose" in drafted(tmp_path, jobs(60), "open.csv").profile


def test_rows_that_the_source_withdraws_are_offered_and_not_taken_out(tmp_path: Path) -> None:
    found = drafted(tmp_path, jobs(60))
    assert '# values = ["Duplicate"]' in found.profile
    assert profile_of(found).leave_out == ()


def test_a_reference_that_is_used_again_each_day_names_with_the_date(tmp_path: Path) -> None:
    rows = jobs(300)
    for at, row in enumerate(rows):
        row["Job ref"] = str(1 + at % 10)
    found = drafted(tmp_path, rows)
    profile = profile_of(found)
    assert profile.id is not None
    assert profile.id.with_date
    assert sure(found, "id") == [("Job ref", "certain")]


def test_references_that_excel_has_damaged_are_counted(tmp_path: Path) -> None:
    rows = jobs(200)
    rows[7]["Job ref"] = "2.6E+05"
    found = drafted(tmp_path, rows)
    assert ("damaged by a spreadsheet", "certain") in sure(found, "id")
    assert found.trial is not None
    assert found.trial.rejected == {"mangled_id": 1}
    long = [row | {"Job ref": f"12345678901{at:04}0"} for at, row in enumerate(jobs(100))]
    assert ("damaged by a spreadsheet", "likely") in sure(drafted(tmp_path, long, "long.csv"), "id")


def test_without_a_reference_the_delivery_is_asked_for(tmp_path: Path) -> None:
    rows = [{k: v for k, v in job.items() if k != "Job ref"} for job in jobs(60)]
    found = drafted(tmp_path, rows)
    assert found.undecided == ("delivery",)
    settled = found.profile.replace('# delivery = "snapshot"', 'delivery = "snapshot"')
    settled = settled.replace("# scope_in_file_name", "scope_in_file_name")
    assert parse(settled, "draft.toml").delivery == "snapshot"


def test_months_are_a_snapshot_of_who_reports_and_when(tmp_path: Path) -> None:
    rows = [row | {"Month": "2026-03", "Reported by": "Kelderby Police"} for row in jobs(60)]
    rows = [{k: v for k, v in row.items() if k not in ("Date logged", "Time logged")} for row in rows]
    profile = profile_of(drafted(tmp_path, rows))
    assert (profile.delivery, profile.scope) == ("snapshot", ("Reported by", "Month"))


def test_columns_about_persons_by_what_they_hold(tmp_path: Path) -> None:
    prose = "A man in a dark coat was shouting near the shops for the number {} time this week"
    rows = [
        row | {
            "A": f"someone{at}@example.org", "B": f"07700 900{at:03}", "C": f"AB{at % 90 + 10} CDE", "D": "ZZ1 1ZZ",
            "E": f"Sarah Example{chr(97 + at % 26)}", "F": prose.format(at), "G": f"{at} Kelder Road",
        }
        for at, row in enumerate(jobs(60))
    ]  # fmt: skip
    found = drafted(tmp_path, [{k: v for k, v in row.items() if k not in ("Caller name", "Telephone")} for row in rows])
    assert sure(found, "personal") == [
        ("A", "certain"), ("B", "certain"), ("C", "certain"), ("D", "certain"), ("E", "likely"), ("F", "likely"),
    ]  # fmt: skip
    assert profile_of(found).personal == tuple("ABCDEF")


@pytest.mark.parametrize(
    "name", ["Caller name", "victim_surname", "Officer", "E-mail", "VRM", "Notes", "House no", "Addr1", "Raised by"]
)
def test_columns_about_persons_by_their_names(tmp_path: Path, name: str) -> None:
    found = drafted(tmp_path, [row | {name: "x"} for row in jobs(30)])
    assert name in [column for column, _ in sure(found, "personal")]


def test_words_for_nothing_are_those_of_the_columns_in_use(tmp_path: Path) -> None:
    rows = [row | {"Ward": "N/A"} for row in jobs(100)]
    for row in rows[::5]:
        row["Easting"] = row["Northing"] = "NULL"
    found = drafted(tmp_path, rows)
    assert profile_of(found).nothing == ("NULL",)
    assert found.trial is not None
    assert found.trial.without_location == 20


def test_the_agency_is_that_of_the_words_or_asked_for(tmp_path: Path) -> None:
    assert profile_of(drafted(tmp_path, jobs(60), agency=None)).agency == "council"
    unknown = [row | {"Problem type": ("Wasps", "Bees")[at % 2]} for at, row in enumerate(jobs(60))]
    found = drafted(tmp_path, unknown, "unknown.csv", agency=None)
    assert found.undecided == ("agency",)


def test_a_word_of_two_agencies_means_that_of_the_one_given(tmp_path: Path) -> None:
    rows = jobs(60, **{"Problem type": "Anti-social behaviour"})
    council, police = (drafted(tmp_path, rows, f"{who}.csv", who) for who in (Agency.COUNCIL, Agency.POLICE))
    assert profile_of(council).category.words == {"Anti-social behaviour": "community_asb_report"}
    assert profile_of(police).category.words == {"Anti-social behaviour": "anti_social_behaviour"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_delimiters_and_encodings(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "jobs.csv"
    path.write_bytes(table([row | {"Cost (£)": "1"} for row in jobs(40)], delimiter).encode(encoding))
    [payload] = payloads([path])
    found = draft(payload, None, Agency.COUNCIL)
    assert profile_of(found).file.delimiter == delimiter
    assert found.trial is not None
    assert found.trial.taken == 40


def test_a_text_of_the_file_cannot_break_out_of_a_comment_or_a_string(tmp_path: Path) -> None:
    nasty = 'Wasps"\nagency = "fire" # \x07'
    rows = [row | {nasty: "x", "Problem type": nasty if at % 2 else "Graffiti"} for at, row in enumerate(jobs(60))]
    found = drafted(tmp_path, [{k.replace("\n", " "): v for k, v in row.items()} for row in rows])
    assert profile_of(found).agency == "council"
    assert all(line.isprintable() for line in found.profile.splitlines())


def test_a_long_table_is_looked_at_only_in_part_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text(table(jobs(300)), encoding="utf-8")
    [payload] = payloads([path])
    found = draft(payload, None, Agency.COUNCIL, most_rows=100)
    assert (found.rows, found.whole) == (100, False)
    assert "(the first 100 rows looked at)" in found.profile


@pytest.mark.parametrize(("name", "called"), [("Fly Tips 2026.csv", "fly-tips-2026"), ("open311.csv", "open311-own")])
def test_the_name_is_the_files_or_near_it(tmp_path: Path, name: str, called: str) -> None:
    assert drafted(tmp_path, jobs(30), name).name == called


def test_names_that_cannot_be_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text(table(jobs(30)), encoding="utf-8")
    [payload] = payloads([path])
    for name in ("open311", "Fly Tips"):
        with pytest.raises(UsageError):
            draft(payload, name, None)


def test_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text("a,a\n1,2\n", encoding="utf-8")
    [payload] = payloads([path])
    with pytest.raises(WrongColumns, match="more than one column 'a'"):
        draft(payload, None, None)


def test_every_inference_says_how_sure_it_is_and_why(tmp_path: Path) -> None:
    found = drafted(tmp_path, jobs(300))
    assert all(each.why and each.sure in Sure for each in found.findings)
    assert found.as_dict()["ready"] is True

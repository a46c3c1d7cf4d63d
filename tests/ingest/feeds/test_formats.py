"""A profile's formats that no text of a block needs are left out, and nothing is read otherwise for it."""

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.ingest.profile.schema import Time
from aim.ingest.profile.times import of_use, spans

FORMATS = (
    "%d/%m/%Y", "%Y-%m", "%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M%z", "%d %b %Y",
)  # fmt: skip
moments = st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)) | st.sampled_from(
    [datetime(2026, 3, 29, 1, 30), datetime(2026, 10, 25, 1, 30), datetime(2026, 7, 1), datetime(2026, 7, 1, 23)]
)
written = st.builds(datetime.strftime, moments.map(lambda moment: moment.replace(tzinfo=UTC)), st.sampled_from(FORMATS))
texts = st.lists(written | st.sampled_from(["", "soon", "31/02/2026", "2026-13", "00:00"]) | st.none(), max_size=12)


@pytest.mark.parametrize("midnight", ["time", "unknown"])
@settings(deadline=None)
@given(said=texts, formats=st.lists(st.sampled_from(FORMATS), min_size=1, unique=True))
def test_the_formats_of_use_read_what_all_of_them_read(
    midnight: str, said: list[str | None], formats: list[str]
) -> None:
    time = Time.model_validate({"start": "when", "formats": formats, "midnight": midnight})
    column = pl.Series("when", said, pl.String)
    few = of_use(time, [column])
    assert set(few.formats) <= set(formats)
    frame = pl.DataFrame(column)
    whole, part = (frame.with_columns(**spans(pl.col("when"), known)) for known in (time, few))
    assert part.equals(whole)


def test_one_format_suffices_for_a_file_that_keeps_to_it() -> None:
    time = Time(start=("when",), formats=FORMATS)
    assert of_use(time, [pl.Series(["01/07/2026 10:00", None, "02/07/2026 11:30"])]).formats == ("%d/%m/%Y %H:%M",)

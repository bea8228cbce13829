"""Days and hours of many instants are those that `conditions` has of each."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conditions.language.windows import local_date, local_hour
from customers.models import Order
from predictions.history.local_days import local_days, seconds_of
from predictions.history.raw_columns import Seconds

# Half hours, a skipped day, midnights that are skipped or come twice, both ends of the world.
ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"),
    *("Pacific/Apia", "Pacific/Kiritimati", "America/Sao_Paulo", "America/Havana", "Etc/GMT+12"),
    *("Africa/Monrovia", "America/Toronto", "Asia/Manila"),
)
FIRST = datetime(1, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
CHANGES = [
    datetime(*at, tzinfo=UTC)
    for at in (
        *((2011, 12, 30, 10), (2018, 11, 4, 3), (2019, 2, 17, 2), (2012, 11, 4, 5)),
        *((2026, 3, 29, 1), (2026, 10, 25, 1), (1972, 1, 7, 0, 44), (1883, 11, 18, 17)),
    )
]
NAIVE = st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None))
INSTANTS = st.one_of(
    NAIVE.map(lambda at: at.replace(tzinfo=UTC)),
    st.sampled_from([FIRST, LAST, FIRST + timedelta(hours=20), LAST - timedelta(hours=20)]),
    st.builds(
        lambda at, microseconds: at + timedelta(microseconds=microseconds),
        st.sampled_from(CHANGES),
        st.integers(-172_800_000_000, 172_800_000_000),
    ),
    st.builds(
        lambda at, seconds: at + timedelta(seconds=seconds),
        st.sampled_from(CHANGES),
        st.integers(-90_000, 90_000),
    ),
)


@given(st.lists(INSTANTS, max_size=20), st.sampled_from(ZONES))
def test_they_are_those_of_each(instants, zone):
    days, hours = local_days(np.array([seconds_of(at) for at in instants], dtype=np.int64), zone)
    assert days.tolist() == [local_date(at, zone).toordinal() for at in instants]
    assert hours.tolist() == [local_hour(at, zone) for at in instants]


@pytest.mark.every_case
@pytest.mark.parametrize(
    "at",
    [
        *(FIRST, LAST, datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        *(datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 10, 25, 0, 59, 59, 999_600, tzinfo=UTC)),
        datetime(1600, 2, 29, 12, 0, 0, 1, tzinfo=UTC),
    ],
    ids=str,
)
def test_the_database_cuts_fractions_off(db, make_customer, make_order, at):
    make_order(make_customer("A"), at)
    assert Order.objects.values_list(Seconds("created_at"), flat=True).get() == seconds_of(at)

"""One file, one environment, and no setting that is silently ignored."""

from datetime import UTC, date
from pathlib import Path

import pytest
from msgspec.structs import replace

from api.settings import FILE, BadSetting, Settings, load
from ledger.values.days import SENSIBLE


def placed(data: Path) -> Settings:
    """The settings of a data directory without any of its own: what lies in it has its place there."""
    return Settings(
        database=str(data),
        checkpoint_key=str(data / "checkpoint.key"),
        desk=str(data / "desk.db"),
        documents=str(data / "documents"),
        contacts=str(data / "contacts"),
        bank_profiles=str(data / "bank-profiles"),
    )


def test_defaults(tmp_path: Path) -> None:
    assert load(None, {}) == Settings()
    assert load(tmp_path, {}) == placed(tmp_path)
    assert (Settings().host, Settings().data_class) == ("127.0.0.1", "LIVE")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('data_class = "FICTIONAL"\nport = 8001\nqueue_max = 5\n')
    found = load(tmp_path, {"MCSC_PORT": "8002", "MCSC_DATA": "x", "HOME": "/"})
    assert found == replace(placed(tmp_path), data_class="FICTIONAL", port=8002, queue_max=5)
    assert load(tmp_path, {"MCSC_DATABASE": "postgresql://h/d"}).database == "postgresql://h/d"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("prot = 8001", "prot"),
        ("port = 70000", "port"),
        ('port = "8001"', "port"),
        ('data_class = "REAL"', "data_class"),
        ("port = ", "TOML"),
        ("[accounts]\nreceivables = 'a b'", "a code is of letters, digits, dots and hyphens"),
    ],
)
def test_a_bad_file_is_named_with_its_fault(tmp_path: Path, written: str, said: str) -> None:
    (tmp_path / FILE).write_text(written)
    with pytest.raises(BadSetting) as raised:
        load(tmp_path, {})
    assert FILE in str(raised.value)
    assert said in str(raised.value)


@pytest.mark.parametrize(("name", "value"), [("MCSC_PROT", "1"), ("MCSC_PORT", "many"), ("MCSC_QUEUE_MAX", "0")])
def test_a_bad_variable_is_named(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match="environment") as raised:
        load(None, {name: value})
    assert name.removeprefix("MCSC_").lower() in str(raised.value)


def test_today_is_beijings_unless_set() -> None:
    assert str(Settings().time_zone) == "UTC+08:00"
    assert str(Settings(utc_offset_hours=0).time_zone) == "UTC"


def test_the_days_that_a_command_may_name_are_settings(tmp_path: Path) -> None:
    assert Settings().days == SENSIBLE
    (tmp_path / FILE).write_text("earliest_on = 2018-05-01\n")
    found = load(tmp_path, {"MCSC_YEARS_AHEAD": "50", "MCSC_UTC_OFFSET_HOURS": "0"}).days
    assert (found.first, found.years_ahead, found.zone) == (date(2018, 5, 1), 50, UTC)
    assert load(None, {"MCSC_EARLIEST_ON": "2018-05-01"}).days.first == date(2018, 5, 1)


def test_only_the_environment_trusts_names_and_only_with_1(tmp_path: Path) -> None:
    assert load(tmp_path, {"MCSC_TRUST_NAMES": "1"}).trust_names
    assert not load(tmp_path, {}).trust_names
    for value in ("true", "yes", "0", ""):
        with pytest.raises(BadSetting, match="takes 1 and nothing else"):
            load(tmp_path, {"MCSC_TRUST_NAMES": value})
    (tmp_path / FILE).write_text("trust_names = true\n")
    with pytest.raises(BadSetting, match="only the environment"):
        load(tmp_path, {})


@pytest.mark.parametrize("written", ["host=a,b dbname=d", "dbname=d", "postgresql:/h/d"])
def test_an_address_is_no_data_directory(written: str) -> None:
    with pytest.raises(BadSetting, match="MCSC_DATABASE"):
        load(Path(written), {})


def test_a_ledger_has_the_name_of_its_database() -> None:
    for written in ("postgresql://h:1,i:2/park?sslmode=require", "host=h,i dbname=park", "/var/lib/park"):
        assert Settings(database=written).ledger == "park"

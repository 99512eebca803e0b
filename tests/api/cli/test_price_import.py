"""`mcsc price-import`: a file of prices goes in whole; a month is settled at them, corrected, and settled anew."""

from pathlib import Path

from tests.api.cli import test_meter_import as meters
from tests.api.cli.test_meter_import import AFTER, SETUP, SIGNED, hours, run
from tests.ground.offtaken import METER, A

SERIES = "spot/day-ahead-demo"
PRICE = '"price": {"type": "FIXED", "price": "0.52"}'
SPOT = f'"price": {{"type": "SPOT", "series": "{SERIES}", "margin": "0.01"}}'
WITH = ("--series", SERIES, "--unit", "CNY_MWH", "--minutes", "60")


def priced(path: Path, of_the_ninth: str) -> Path:
    """January at 300 yuan a MWh; the ninth at another."""
    rows = [row.replace(",10.5", ",300") for row in hours(31)]
    rows = [row.replace(",300", f",{of_the_ninth}") if "2024-01-09" in row else row for row in rows]
    path.write_text("\n".join(["begins,price", *rows]))
    return path


def test_prices_go_in_are_corrected_and_explained(tmp_path: Path) -> None:
    """31 × 24 × 10.5 kWh × 0.31 = 2,421.72; the ninth at -100 in the place of 300: 252 × 0.40 = 100.80 less."""
    assert PRICE in meters.TERMS
    data, commands = tmp_path / "ledger", tmp_path / "commands.ndjson"
    data.mkdir()
    (data / "mcsc.toml").write_text('data_class = "FICTIONAL"\n')

    def record(who: str, *lines: str) -> None:
        commands.write_text("\n".join(lines) + "\n")
        done = run(data, "record", str(commands), "--as", who)
        assert done.exit_code == 0, done.output

    def settle(on: str, number: int) -> None:
        about = f'"effective_on": "{on}", "agreement": "{A}", "month": "2024-01"'
        record("finance-demo", f'{{"command": "calculate-statement", {about}}}')
        record("checker-demo", f'{{"command": "approve-statement", {about}, "run": {number}}}')

    record("clerk-demo", *(line.replace(PRICE, SPOT) for line in SETUP))
    record("approver-demo", *SIGNED)
    record("clerk-demo", *AFTER)
    metered = tmp_path / "january.csv"
    metered.write_text("\n".join(["begins,kwh", *hours(31)]))
    taken = run(data, "meter-import", str(metered), "--meter", METER, "--minutes", "60", "--on", "2024-02-01")
    assert taken.exit_code == 0, taken.output

    file = str(priced(tmp_path / "prices.csv", "300"))
    previewed = run(data, "price-import", file, *WITH, "--on", "2024-02-01", "--dry-run")
    assert f"31 days of {SERIES} would be recorded, 1 facts" in previewed.output, previewed.output
    assert "744 prices of 60 minutes, 0 missing, 0 below 0" in previewed.output
    assert "recorded, 1 facts" in run(data, "price-import", file, *WITH, "--on", "2024-02-01").output
    assert "recorded already, 0 facts" in run(data, "price-import", file, *WITH, "--on", "2024-02-02").output
    settle("2024-02-05", 0)

    other = str(priced(tmp_path / "corrected.csv", "-100"))
    refused = run(data, "price-import", other, *WITH, "--on", "2024-03-01")
    assert refused.exit_code != 0
    assert "2024-01-09 has other prices" in refused.output
    again = run(data, "price-import", other, *WITH, "--on", "2024-03-01", "--reason", "the market corrected it (demo)")
    assert "24 below 0" in again.output, again.output
    asked = ("report", "spot-prices", "--changed", "--effective", "2024-12-31", "--csv")
    assert "2421.72,2320.92,-100.80" in run(data, *asked).output, run(data, *asked).output
    settle("2024-03-05", 1)
    assert "SETTLED" not in run(data, *asked).output
    cell = f"RUN:{A},2024-01,1/net"
    explained = run(data, "explain", "energy", cell, "--effective", "2024-12-31")
    assert explained.exit_code == 0, explained.output
    assert "744 periods of spot/day-ahead-demo recorded at position" in " ".join(explained.output.split())


def test_a_wrong_line_is_named_and_nothing_is_recorded(tmp_path: Path) -> None:
    data = tmp_path / "ledger"
    data.mkdir()
    file = tmp_path / "bad.csv"
    file.write_text("\n".join(["begins,price", *hours(1)[:-1]]))
    done = run(data, "price-import", str(file), *WITH)
    assert done.exit_code == 2, done.output
    assert "bad.csv:2: 2024-01-01: 1 prices are missing, the first at 23:00: missing is never 0" in done.output

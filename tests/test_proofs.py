"""The proofs hold in their short form, and one that fails is not passed over."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import proofs
from benchmarks.proofs import Proof

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_every_proof_holds_in_its_short_form():
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.proofs", "--quick"], cwd=ROOT, capture_output=True, text=True, timeout=1500
    )
    print(run.stdout)
    assert run.returncode == 0, run.stdout + run.stderr
    told = json.loads(proofs.QUICK_PROOFS.read_text(encoding="utf-8"))
    assert {row["kind"] for row in told} <= set(proofs.KINDS)
    assert sum(row["pass"] is True for row in told) >= 6


def test_a_missed_bar_is_an_exit_code(tmp_path, monkeypatch, capsys):
    missed = Proof("found", 0.5, ">=", 0.9, "oracle", "two shops")
    for file in ("PROOFS", "QUICK_PROOFS"):
        monkeypatch.setattr(proofs, file, tmp_path / f"{file}.json")
    monkeypatch.setattr(proofs, "import_module", lambda name: type("part", (), {"proofs": lambda quick: [missed]}))
    assert proofs.main(["--only", "alerts"]) == 1
    assert "FAIL" in capsys.readouterr().out
    assert json.loads((tmp_path / "PROOFS.json").read_text(encoding="utf-8"))[0]["pass"] is False


def test_a_figure_without_a_bar_decides_nothing():
    assert Proof("told", 0.5, ">=", None, "oracle", "two shops").passes is None


def test_of_a_few_it_is_told_how_likely_so_bad_a_share_is():
    held = [True] * 17 + [False] * 3
    full, short = (proofs.share("held", [held], ">=", 0.93, 0.95, "20 shops", quick=quick) for quick in (False, True))
    assert (full.figure, full.passes) == (0.85, False)
    assert short.figure == pytest.approx(0.0755, abs=1e-4), "three or more of twenty miss in one of thirteen runs"
    assert short.passes
    assert not proofs.share("held", [[True] * 14 + [False] * 6], ">=", 0.93, 0.95, "20 shops", quick=True).passes
    assert not proofs.share("false", [[True] * 6 + [False] * 14], "<=", 0.06, 0.05, "20 shops", quick=True).passes

"""What visitors hand over is readable by nobody else and does not outlive its use."""

import gc
import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from warehouse import uploads
from warehouse.connection import PROJECT_ROOT
from warehouse.errors import StoreError
from warehouse.uploads import PREFIX, Upload

KEEP_ONE = (
    "from warehouse.uploads import Upload; kept = Upload('1', 'orders.csv', b'ann'); print(kept.path, flush=True)"
)


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """The machine's folder for temporary files, empty."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    uploads._folder.cache_clear()
    yield tmp_path
    uploads._folder.cache_clear()


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_user_the_program_runs_as_may_read_an_upload():
    before = os.umask(0)
    try:
        path = Upload("1", "orders.csv", b"ann@example.com").path
    finally:
        os.umask(before)
    kept = Upload("1", "orders.csv", b"ann@example.com")
    assert kept.path.read_bytes() == b"ann@example.com"
    assert (mode(kept.path), mode(kept.path.parent), mode(kept.path.parent.parent)) == (0o600, 0o700, 0o700)
    assert not path.exists(), "nobody holds it any more"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b.csv", "..", "", "nul\x00.csv", "<b>.csv", "x" * 400 + ".csv"]
)
def test_a_hostile_name_stays_in_its_folder(name):
    kept = Upload("1", name, b"")
    assert kept.path.parent.parent == uploads._folder()
    assert kept.path.is_file()


def test_an_upload_given_up_is_removed(own_folder):
    kept = Upload("1", "orders.csv", b"ann")
    kept.give_up()
    kept.give_up()
    assert not kept.is_wanted
    assert list(uploads._folder().iterdir()) == []
    with pytest.raises(StoreError, match="upload it once more"), kept.in_use():
        pass


def test_an_upload_given_up_while_it_is_worked_on_is_removed_afterwards():
    kept = Upload("1", "orders.csv", b"ann")
    with kept.in_use() as first:
        with kept.in_use():
            kept.give_up()
        assert first.read_bytes() == b"ann"
    assert not kept.path.exists()


def test_work_done_leaves_the_upload_of_a_visitor_who_still_looks_at_it():
    kept = Upload("1", "orders.csv", b"ann")
    with kept.in_use():
        pass
    assert kept.path.exists()


def test_an_upload_vanishes_with_the_visit_that_held_it():
    visit = {"_upload": Upload("1", "orders.csv", b"ann")}
    path = visit["_upload"].path
    visit.clear()
    gc.collect()
    assert not path.exists()


def test_nothing_is_left_when_the_program_ends(own_folder):
    environment = {**os.environ, "TMPDIR": str(own_folder)}
    done = subprocess.run([sys.executable, "-c", KEEP_ONE], cwd=PROJECT_ROOT, env=environment, capture_output=True)
    assert str(own_folder) in done.stdout.decode()
    assert list(own_folder.glob(f"{PREFIX}*")) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot ask whether a process runs")
def test_what_a_killed_program_left_is_swept_and_what_a_running_one_keeps_is_not(own_folder):
    environment = {**os.environ, "TMPDIR": str(own_folder)}
    command = [sys.executable, "-c", f"{KEEP_ONE}; import time; time.sleep(60)"]
    with subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.PIPE, text=True) as other:
        path = Path(other.stdout.readline().strip())
        uploads.sweep()
        assert path.exists()
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert path.exists()
    uploads.sweep()
    assert list(own_folder.glob(f"{PREFIX}*")) == []


def test_a_predecessor_of_the_same_number_is_swept(own_folder):
    left = own_folder / f"{PREFIX}{os.getpid()}-left"
    left.mkdir()
    kept = Upload("1", "orders.csv", b"ann")
    assert not left.exists()
    assert kept.path.exists()

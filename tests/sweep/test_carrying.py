"""Files between a worker that does not see the results and the one that writes them."""

import json

import pytest
from results_factory import result

from seqtasks.errors import SeqtasksError
from seqtasks.evaluations import EvaluationLog
from seqtasks.files import acquire, is_held
from seqtasks.store import Store
from seqtasks.sweep.carrying import Carrier, Changes, Keeper, write

RUN = "adding-gru-s0-20261129T000000-aaaaaa"
FILE = f"checkpoints/{RUN}/00000001.safetensors"


@pytest.fixture
def there(tmp_path):
    """A worker's folder, in which a run goes on."""
    store = Store(tmp_path / "there")
    write(store.folder, {FILE: b"one", f"checkpoints/{RUN}/about.json": b"{}"})
    store.checkpoints_path(RUN).joinpath("lock").touch()
    store.checkpoints_path(RUN).joinpath(".00000002.safetensors").touch()
    return store


@pytest.fixture
def keeper(tmp_path):
    return Keeper(str(tmp_path / "here"))


def carried(store, keeper):
    """A carrier of a folder that was empty, to be asked by hand."""
    carrier = Carrier(store.folder, lambda changes: keeper.put("words", changes))
    carrier._known.clear()
    return carrier


def row(store, status="running", **fields):
    store.write(result(run=RUN, status=status, **fields))


def test_what_a_run_writes_is_carried_and_its_lock_is_held_here(
    there, keeper, tmp_path
):
    carrier, here = carried(there, keeper), Store(tmp_path / "here")
    row(there)
    carrier.send()
    assert here.path(RUN).read_bytes() == there.path(RUN).read_bytes()
    names = {path.name for path in here.checkpoints_path(RUN).iterdir()}
    assert names == {"lock", "about.json", "00000001.safetensors"}
    assert is_held(here.lock_path(RUN))

    # an older checkpoint was removed when a newer one was there
    there.folder.joinpath(FILE).rename(
        there.checkpoints_path(RUN) / "00000002.safetensors"
    )
    carrier.send()
    names = {path.name for path in here.checkpoints_path(RUN).iterdir()}
    assert names == {"lock", "about.json", "00000002.safetensors"}


def test_a_study_is_given_to_a_trial_and_written_here_alone(there, keeper, tmp_path):
    write(tmp_path / "here", {"tune/s.journal": b"here", "tune/t.journal": b"other"})
    assert keeper.take("words", "adding-gru-", 0, "s") == {"tune/s.journal": b"here"}
    write(there.folder, {"tune/s.journal": b"there"})
    carried(there, keeper).send()
    assert (tmp_path / "here/tune/s.journal").read_bytes() == b"here"
    assert keeper.begun() == []
    keeper.begin("words")
    assert keeper.begun() == ["words"]


def test_of_a_run_that_has_finished_no_checkpoint_is_left(there, keeper, tmp_path):
    carrier, here = carried(there, keeper), Store(tmp_path / "here")
    carrier.send()
    for path in there.checkpoints_path(RUN).iterdir():
        path.unlink()
    row(there, "finished")
    log = {"task": "adding", "fingerprint": "f", "run": RUN, "cell": "gru"}
    EvaluationLog(there.folder).write(**log)
    carrier.send()
    assert here.find(RUN).status == "finished"
    assert not here.checkpoints_path(RUN).exists()
    assert len(EvaluationLog(here.folder).read()[0]) == 1


def test_nothing_is_sent_where_nothing_changed(there):
    sent = []
    with Carrier(there.folder, sent.append):
        pass
    # the list of checkpoints alone, by which the keeper holds the lock
    assert [dict(one.contents) for one in sent] == [{}]
    assert len(sent[0].checkpoints[RUN]) == 2


def test_a_worker_that_is_lost_gives_its_run_to_the_next(there, keeper, tmp_path):
    here = Store(tmp_path / "here")
    row(there, seed=0)
    carried(there, keeper).send()
    assert is_held(here.lock_path(RUN))
    given = keeper.take("words", "adding-gru-", 0)
    assert given[FILE] == b"one"
    assert json.loads(given[f"{RUN}.json"])["run"] == RUN
    assert not is_held(here.lock_path(RUN))
    # of another seed nothing is sent
    assert keeper.take("words", "adding-gru-", 1) == {}


def test_a_run_of_another_process_is_not_written(there, keeper, tmp_path):
    here = Store(tmp_path / "here")
    with acquire(here.lock_path(RUN)):
        row(here, seed=0)
        assert FILE not in keeper.take("words", "adding-gru-", 0)
        with pytest.raises(SeqtasksError, match="being trained by another process"):
            carried(there, keeper).send()


@pytest.mark.parametrize("name", ["../evil", "/evil"])
def test_no_path_leads_out_of_the_folder(keeper, tmp_path, name):
    with pytest.raises(SeqtasksError, match="Expected a path below a folder"):
        keeper.put("words", Changes({name: b""}, {}))
